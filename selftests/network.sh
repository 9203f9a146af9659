#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What changes around an offloaded connection: the peer's MAC address, its
# neighbor, the route to it, the path's MTU; also after the link was gone for a
# moment. A new address the target is told; the others end the offload, each for
# its own reason. The octets go on.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=3
plan 49
scene_build

# The streams go to an address behind the neighbor: its route can change.
peer=10.88.0.1

offload_all()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$conns" ]
}

# offloaded: what comes next is new in the journal. Connections whose losses
# are being mended are refused: once more, then.
offloaded()
{
	wait_for 30 offload_all || {
		cat "$scene/offload"
		return 1
	}
	history_mark left
}

# Each came back for this reason, and for no other.
came_back_for()
{
	history_new left | awk -v reason="$1" -v conns="$conns" '
		$3 == "conn" && $6 == "uploading" {
			n++
			if ($7 != reason) { print "for " $7; bad = 1 }
		}
		END {
			if (n != conns) { print n + 0 " came back"; bad = 1 }
			exit bad
		}'
}

# ends CASE REASON COMMAND...: what the command changes ends the offload
ends()
{
	check "$1: offloaded" offloaded
	"${@:3}" >"$scene/change" 2>&1 || note "$*: $(cat "$scene/change")"
	check "$1: all come back" settled left 0 0 0
	check "$1: for that reason" came_back_for "$2"
	check "$1: the streams go on" go_on 30 client server
}

# follows CASE COMMAND...: what the command changes the target is told, and
# everything stays offloaded
follows()
{
	check "$1: offloaded" offloaded
	requests_mark left
	"${@:2}" >"$scene/change" 2>&1 || note "$*: $(cat "$scene/change")"
	check "$1: the target is told" wait_for 10 updated
	check "$1: the streams go on" go_on 30 client server
	check_equal "$1: and are offloaded still" "$conns 1 1" "$(counts left)"
	check "$1: they come back when asked" at left terminate dev "$left_dev"
}

updated()
{
	requests_new left | grep -q ' update neigh .* ok$'
}

banned()
{
	[ "$(requested left invalidate neigh neigh-unreachable)" = 1 ]
}

# ---- the neighbor --------------------------------------------------------

# new_mac: of the right's device; its octets come from nowhere else.
mac=0
new_mac()
{
	mac=$((mac + 1))
	ip -n $right_ns link set $right_dev address 02:00:00:00:77:0$mac
}

right_gets_mac()
{
	new_mac && ip -n $left_ns neigh replace $right_addr dev $left_dev \
		lladdr 02:00:00:00:77:0$mac nud reachable
}

# The right tells everybody: a gratuitous ARP.
right_announces_mac()
{
	right sysctl -qw net.ipv4.conf."$right_dev".arp_notify=1
	new_mac
}

neigh_is_deleted()
{
	ip -n "$left_ns" neigh del "$right_addr" dev "$left_dev"
}

neigh_fails()
{
	ip -n "$left_ns" neigh change "$right_addr" dev "$left_dev" nud failed
}

# The kernel forgets the neighbor with the carrier and makes a new one, which
# the host has to follow.
short_cut()
{
	local kept

	at left set dev "$left_dev" carrier-lost hold 30s || return 1
	kept=$(counter left holds-kept)
	set_port left link down
	wait_for 5 decided left carrier-lost hold || return 1
	set_port left link up
	wait_for 15 kept_more "$kept" || return 1
	[ "$(get_port left offload/conns)" = "$conns" ]
}

kept_more()
{
	[ "$(counter left holds-kept)" -gt "$1" ]
}

# ---- the route -----------------------------------------------------------

other_next_hop()
{
	ip -n "$left_ns" route add "$peer"/32 via 10.77.0.3
}

first_next_hop()
{
	ip -n "$left_ns" route del "$peer"/32
}

smaller_mtu()
{
	ip -n "$left_ns" route add "$peer"/32 via "$right_addr" mtu 1000
}

# Only what goes to the streams' port takes another way.
rule_by_port()
{
	ip -n "$left_ns" route add 10.88.0.0/24 via 10.77.0.3 table 100 &&
		ip -n "$left_ns" rule add ipproto 6 dport 5000 table 100
}

# Every route is looked at anew when there is another one.
another_route()
{
	ip -n "$left_ns" route add 192.0.2.0/24 via "$right_addr" || return 1
	! wait_for 5 none_offloaded
}

none_offloaded()
{
	[ "$(get_port left offload/conns)" = 0 ]
}

no_rule()
{
	ip -n "$left_ns" rule del ipproto 6 dport 5000 table 100
}

streams_forget
server_start server -l 0.0.0.0:5000 -n $conns -u mixed -r 150000
client_start client -c $peer:5000 -n $conns -u mixed -r 150000
wait_for 10 moving client server || give_up "nothing moves to begin with"

follows "MAC changes" right_gets_mac
follows "gratuitous ARP" right_announces_mac
ends "neighbor deleted" neigh-unreachable neigh_is_deleted
requests_mark left
ends "neighbor fails" neigh-unreachable neigh_fails
check "neighbor fails: the target was to stop sending at once" banned
ends "other next hop" route-changed other_next_hop
check "other next hop: offloaded onto it" offloaded
check_equal "other next hop: the neighbor is the new one" 1 \
	"$(ids left neigh 10.77.0.3 | wc -l)"
check "first next hop: all come back" eval 'first_next_hop && settled left 0 0 0'
ends "smaller MTU" route-changed smaller_mtu
check "smaller MTU: gone again" ip -n "$left_ns" route del "$peer"/32
ends "rule by port" route-changed rule_by_port
check "rule by port: offloaded" offloaded
check_equal "rule by port: by the way that it says" 1 \
	"$(ids left neigh 10.77.0.3 | wc -l)"
check "rule by port: another route changes nothing" another_route
ends "no rule" route-changed no_rule
check "short cut: offloaded" offloaded
check "short cut: they stay on the NIC" short_cut
requests_mark left
right_gets_mac
check "short cut: then the MAC changes, and the target is told" wait_for 10 updated
check "short cut: the streams go on" go_on 30 client server

streams_stop "every octet is right"
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"

finish
