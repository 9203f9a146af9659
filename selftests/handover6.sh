#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Live connections over IPv6 go to the NIC and come back, at random moments, at both
# ends at once, as handover.sh has it for IPv4: over a clean wire, over one that loses
# and reorders, over a VLAN, with the smallest MTU that IPv6 has and with a large one,
# and with a sender that makes each segment itself.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/moves.sh
. "$selftests/lib/moves.sh"
# shellcheck source=selftests/lib/hands.sh
. "$selftests/lib/hands.sh"

# shellcheck disable=SC2034 # for moves_case
pairs=$((slow > 1 ? 24 : 240))
users=(-w mixed -u mixed -m mixed -r 800000 -S 700:300)
plan 25
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
scene_over 6

moves_case "clean wire" clean 16 "${users[@]}"
moves_case "lossy wire" lossy 4 "${users[@]}"

# ---- a VLAN ----------------------------------------------------------------------

vlan_add()
{
	ip -n "$1" link add link "$2" name v5 type vlan id 5 &&
		ip -n "$1" link set v5 up && scene_addr6 "$1" v5 "$3" "$4"
}

vlan_add $left_ns $left_dev fd05::1 fe80::1 &&
	vlan_add $right_ns $right_dev fd05::2 fe80::2 || give_up "there are no VLANs"
wait_for 10 scene_reachable fd05::2 || give_up "nothing goes over the VLAN"
right_host=fd05::2
moves_case "VLAN" clean 4 "${users[@]}"
scene_over 6

# ---- MTUs ------------------------------------------------------------------------

set_mtu()
{
	ip -n $left_ns link set $left_dev mtu "$1" &&
		ip -n $right_ns link set $right_dev mtu "$1"
}

# segments: how long those of the NIC may be
segments()
{
	hands_open && octets_pass && offload || return 1
	at left -j query "$(ids left conn)" | "$rows" mss
	hands_close
}

# with_mtu MTU WIRE: less the headers of IPv6 and TCP, and its timestamps
with_mtu()
{
	set_mtu "$1" || give_up "there is no such MTU"
	check_equal "MTU $1: so are the NIC's segments" $(($1 - 40 - 20 - 12)) \
		"$(segments | tail -n 1)"
	moves_case "MTU $1" "$2" 4 "${users[@]}"
}

set_wire clean
with_mtu 1280 single
with_mtu 9000 clean

check "nothing is left at the targets" \
	test "$(target_counts left) $(target_counts right)" = "0 0 0 0 0 0"
check_equal "no state was lost" "0 0" "$(counter left lost) $(counter right lost)"
scene_fair "the hosts broke no rule"
finish
