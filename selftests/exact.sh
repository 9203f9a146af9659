#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the peer sees of connections that change hands: from every segment on the
# wire, no octet is left out, and acknowledgements, the right edges of windows and
# timestamps never go backwards. Of several users and sizes of writes, readers that
# stall, with both ends moving at random, over both protocols; and of the same without
# a hand-over, so that what the stack does by itself is known. The headers are the same
# whoever sends: hop limit, traffic class, ECN, flow label, those that the kernel chose
# and those that an application did. What is known of the path goes along:
# the congestion window and the round trip time, there and back.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/hands.sh
. "$selftests/lib/hands.sh"

plan 32
watch=$(program watch)
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build

watch_begin()
{
	background right "$scene/watch" "$scene/watch.err" "$watch" -v "$right_dev"
	watcher=$pid
	wait_for 10 grep -q watching "$scene/watch"
}

# watch_ends NAME: one case
watch_ends()
{
	kill "$watcher"
	if wait "$watcher"; then
		pass "$1"
	else
		fail "$1" "$(cat "$scene/watch" "$scene/watch.err")"
	fi
	note "$(tail -n 1 "$scene/watch")"
}

# counted NAME: by the TCP of both hosts and of their NICs
counted()
{
	local side

	for side in left right; do
		"$side" nstat -asz "TcpExt$1"
	done | awk -v name="TcpExt$1" '$1 == name { n += $2 } END { print n + 0 }'
}

# watched NAME PAIRS COMMAND...: which starts the streams
watched()
{
	local timeouts late

	watch_begin
	"${@:3}" -u mixed -m mixed
	timeouts=$(counted TCPTimeouts)
	late=$(counted TCPOFOQueue)
	if [ "$2" -gt 0 ]; then
		check "$1: connections move" move_both "$2" 20
	else
		nap 6
	fi
	timeouts=$(($(counted TCPTimeouts) - timeouts))
	late=$(($(counted TCPOFOQueue) - late))
	note "$1: $timeouts timeouts of retransmission, $late segments out of order"
	# Two processors may change the order of two segments; hardly ever do they.
	check "$1: what moves overtakes nothing" test "$late" -le $(($2 / 60))
	at left terminate all >/dev/null
	at right terminate all >/dev/null
	streams_stop "$1: every octet is right"
	watch_ends "$1: nothing goes backwards"
	again=$(sed -n 's/^segments=.* again=\([0-9]*\) .*/\1/p' "$scene/watch")
}

# Set by watched: how many segments were sent again. Nothing is lost here, but a host
# that stands still for a moment is taken for a loss, too.
again=
# rarely_again NAME PAIRS: one case, of the last that was watched
rarely_again()
{
	check "$1: hardly more is sent again than without a hand-over" \
		test "$again" -le $((again_in_host + $2 / 12))
}

# ---- what is known of the path -------------------------------------------

# Both print: congestion window, round trip time and its variation (us), MSS
host_knows()
{
	left ss -tinHO "dport = 7000" | awk '{
		for (i = 1; i <= NF; i++) {
			split($i, part, ":")
			if (part[1] == "rtt") { split(part[2], rtt, "/"); r = rtt[1] * 1000; v = rtt[2] * 1000 }
			if (part[1] == "cwnd") c = part[2]
			if (part[1] == "mss") m = part[2]
		}
		print c, int(r + 0.5), int(v + 0.5), m }'
}

nic_knows()
{
	local id

	id=$(ids left conn)
	at left -j query "$id" | "$rows" cwnd srtt_us rttvar_us mss
}

knows()
{
	local i

	hands_open || return 1
	for i in 1 2 3 4 5 6; do
		octets_pass || return 1
	done
	host_before=$(host_knows)
	offload || return 1
	nic_before=$(nic_knows)
	for i in 1 2 3 4 5 6; do
		octets_pass || return 1
	done
	nic_after=$(nic_knows)
	at left terminate all >/dev/null
	settled left 0 0 0 || return 1
	host_after=$(host_knows)
}
check_here "a connection goes there and back" knows
check_equal "the NIC knows what the host knew" "$host_before" "$nic_before"
check_equal "and the host what the NIC knew" "$nic_after" "$host_after"
hands_close

# ---- what is on the wire -------------------------------------------------

watched "in the host" 0 streams_both 2 -r 75000
again_in_host=$again
watched "one" 60 streams_start -n 1 -r 400000
rarely_again "one" 60
watched "several" 120 streams_start -n 4 -r 150000
rarely_again "several" 120
scene_over 6
watched "over IPv6" 120 streams_start -n 4 -r 150000
rarely_again "over IPv6" 120

# ---- what the headers have -----------------------------------------------

# both_ways: octets, by the hosts, by the NICs, and by the hosts again
both_ways()
{
	octets_pass && offload &&
		wait_for 15 at right offload dev "$right_dev" >/dev/null &&
		settled right 1 1 1 && octets_pass || return 1
	at left terminate all >/dev/null
	at right terminate all >/dev/null
	settled left 0 0 0 && settled right 0 0 0 && octets_pass
}

# headers NAME PATTERN [OPTION...]: of a connection with these options of hand what the
# left has sent, to the end
headers()
{
	local port

	watch_begin
	# shellcheck disable=SC2034 # for hands_open
	hands_options=("${@:3}")
	hands_open || give_up "cannot connect"
	port=${tuple%% *}
	check "$1: hosts and NICs send" both_ways
	hands_close
	watch_ends "$1: the headers stay the same"
	check "$1: and are what they should be" \
		grep -E "^${port//[\[\]]/.} .* $2\$" "$scene/watch"
}

headers "as the kernel chooses" 'hops 64 class 0x00 ecn 0 label 0x0*[1-9a-f][0-9a-f]*'
headers "as the application chooses" 'hops 77 class 0x28 ecn 0 label 0x12345' \
	-H 77 -C 0x28 -F 0x12345
for side in left right; do
	$side sysctl -qw net.ipv4.tcp_ecn=1 net.ipv6.auto_flowlabels=0
done
headers "with ECN, without a label" 'hops 64 class 0x00 ecn 2 label 0x00000'
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"
finish
