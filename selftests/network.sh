#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What changes around an offloaded connection: the peer's MAC address, its
# neighbor, the next hop (by a route, by a rule, by a router's redirect), the path's
# MTU (by a route, by a router's word), the host's address; also after the link was
# gone for a moment. What a target can follow it is told, and everything stays
# offloaded: a path goes to another neighbor, dependents first, the old one last.
# What it cannot, or fails to, ends the offload, for its own reason. The octets go on.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=3
plan 86
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

# follows CASE UPDATED COMMAND...: what the command changes the target is told, by an
# update of so many objects of that kind, and everything stays offloaded
follows()
{
	check "$1: offloaded" offloaded
	requests_mark left
	"${@:3}" >"$scene/change" 2>&1 || note "$*: $(cat "$scene/change")"
	check "$1: the target is told" wait_for 10 "$2"
	check "$1: the streams go on" go_on 30 client server
	check_equal "$1: and are offloaded still" "$conns 1 1" "$(counts left)"
}

# The path has another neighbor, the first of which is gone, by these requests in
# this order and no others.
moved_to()
{
	[ "$(ids left neigh "$1" | wc -l)" = 1 ] && [ "$(ids left neigh | wc -l)" = 1 ] &&
		[ "$(requests_new left | awk '$4 !~ /^!/ { printf "%s-%s:%s ", $4, $5, $NF }')" = \
			"initiate-neigh:ok update-path:ok terminate-neigh:ok " ] || {
		requests_new left
		return 1
	}
}

moved_to_other()
{
	moved_to 10.77.0.3
}

moved_to_first()
{
	moved_to "$right_addr"
}

mtu_is()
{
	at left -j show dev "$left_dev" | "$rows" type mtu=0 | grep -qx "path $1"
}

mtu_1000()
{
	requests_new left | grep -q ' update path .* ok$' && mtu_is 1000
}

mtu_1500()
{
	requests_new left | grep -q ' update path .* ok$' && mtu_is 1500
}

mtu_900()
{
	requests_new left | grep -q ' update path .* ok$' && mtu_is 900
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
	history_mark left
	set_port left link down
	wait_for 5 decided left carrier-lost hold || return 1
	right sysctl -qw "net.ipv4.conf.$right_dev.arp_ignore=8"
	set_port left link up
	wait_for 15 kept_more "$kept" || return 1
	# Its routes are looked at while the next hop does not answer yet.
	wait_for 10 next_hop_sought || return 1
	nap 0.2
	right sysctl -qw "net.ipv4.conf.$right_dev.arp_ignore=0"
	[ "$(get_port left offload/conns)" = "$conns" ]
}

next_hop_sought()
{
	left ip neigh show "$right_addr" | grep -q INCOMPLETE
}

# The next hop had to be found again; nothing else is different.
nothing_changed()
{
	! history_new left | grep pmtu-changed
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
moved_back()
{
	offload_all
	[ "$(ids left neigh "$right_addr" | wc -l)" = 1 ] && [ "$(ids left neigh | wc -l)" = 1 ]
}

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

follows "MAC changes" updated right_gets_mac
follows "gratuitous ARP" updated right_announces_mac
at left terminate dev "$left_dev" >/dev/null
ends "neighbor deleted" neigh-unreachable neigh_is_deleted
requests_mark left
ends "neighbor fails" neigh-unreachable neigh_fails
check "neighbor fails: the target was to stop sending at once" banned

# ---- what the target can follow ------------------------------------------

icmp=$(program icmp)
# One of the connections: its host's end, and what it has sent last
says()
{
	local line

	line=$(grep -v '^#' "$(probe left)/conns" | head -n 1)
	# shellcheck disable=SC2086 # words
	set -- "$@" -- $line
	local what=$1 value=$2
	while [ "$1" != -- ]; do shift; done
	local end=$3
	while [ "$1" != seq ]; do shift; done
	right "$icmp" "$what" "$value" "$right_addr" "$end" "$peer:5000" "$2"
}

# Until one of them is in time: the sequence number has to be one in flight.
told_frag()
{
	says frag 900
	nap 0.2
	mtu_is 900
}

router_says_mtu()
{
	wait_for 20 told_frag
}

told_redirect()
{
	says redirect 10.77.0.3
	nap 0.2
	[ "$(ids left neigh 10.77.0.3 | wc -l)" = 1 ]
}

router_redirects()
{
	left sysctl -qw net.ipv4.conf.all.accept_redirects=1 \
		net.ipv4.conf."$left_dev".accept_redirects=1 \
		net.ipv4.conf.all.secure_redirects=0 \
		net.ipv4.conf."$left_dev".secure_redirects=0
	wait_for 20 told_redirect
}

decided_for()
{
	history_new left | awk -v reason="$1" '
		$2 == "decision" && $3 == "path" && $7 == reason && $9 == "update" { found = 1 }
		END { exit !found }'
}
follows "other next hop" moved_to_other other_next_hop
check "other next hop: why" decided_for route-changed
history_mark left
follows "first next hop" moved_to_first first_next_hop
follows "rule by port" moved_to_other rule_by_port
check "rule by port: another route changes nothing" another_route
follows "no rule" moved_to_first no_rule
follows "smaller MTU" mtu_1000 smaller_mtu
check "smaller MTU: why" decided_for pmtu-changed
follows "larger MTU" mtu_1500 first_next_hop
follows "a router says the MTU" mtu_900 router_says_mtu
ip -n $left_ns route flush cache
check "and what it said is forgotten" wait_for 15 mtu_is 1500
follows "a router names another next hop" moved_to_other router_redirects
check "a router names another next hop: why" decided_for redirected
ip -n $left_ns route flush cache
check "and forgets it" wait_for 15 moved_back
at left terminate dev "$left_dev" >/dev/null

# ---- what it cannot, or fails to -----------------------------------------

knob()
{
	echo "$2" >"$(probe left)/faults/$1"
}
knob fail_update failure
ends "update fails" update-failed other_next_hop
knob fail_update ok
check "update fails: offloaded onto the new one" offloaded
check "update fails: back" first_next_hop
wait_for 15 moved_back
requests_mark left
set_port left offload/max_neighs 1
ends "no room for the new neighbor" route-changed other_next_hop
set_port left offload/max_neighs 1024
check "no room: back" first_next_hop

another_device()
{
	ip -n "$left_ns" link add dummy7 type dummy 2>/dev/null
	ip -n "$left_ns" link set dummy7 up
	ip -n "$left_ns" route add "$peer"/32 dev dummy7
}
ends_apart()
{
	check "$1: offloaded" offloaded
	"${@:3}" >"$scene/change" 2>&1 || note "$*: $(cat "$scene/change")"
	check "$1: all come back" settled left 0 0 0
	check "$1: for that reason" came_back_for "$2"
}
ends_apart "another device" route-changed another_device
check "another device: back" first_next_hop

# Held, and the route is back in time
held_route()
{
	offloaded || return 1
	at left set dev "$left_dev" route-changed hold 60s
	another_device
	wait_for 10 decided left route-changed hold || return 1
	first_next_hop
	wait_for 10 decided left route-changed keep || return 1
	[ "$(get_port left offload/conns)" = "$conns" ] && go_on 30 client server
}
check "another device, held: the route is back in time" held_route
at left set dev $left_dev route-changed terminate

# The neighbor, held likewise: it is not banned until the hold is over
held_neigh()
{
	offloaded || return 1
	requests_mark left
	at left set dev "$left_dev" neigh-unreachable hold 60s
	neigh_fails
	wait_for 10 decided left neigh-unreachable hold || return 1
	[ "$(requested left invalidate neigh)" = 0 ] || return 1
	ip -n "$left_ns" neigh replace "$right_addr" dev "$left_dev" lladdr 02:00:00:00:77:0"$mac" nud reachable
	wait_for 10 decided left neigh-unreachable keep && [ "$(get_port left offload/conns)" = "$conns" ]
}
check "neighbor fails, held: it is back in time" held_neigh
at left set dev $left_dev neigh-unreachable terminate

# The target asks whether it is reachable; a stale one is looked for, and found.
asks_for_neigh()
{
	local id

	offloaded || return 1
	id=$(ids left neigh)
	ip -n "$left_ns" neigh change "$right_addr" dev "$left_dev" nud stale
	echo "reachable $id 4294967295" >"$(probe left)/upcall" || return 1
	wait_for 15 neigh_fresh
	[ "$(get_port left offload/conns)" = "$conns" ]
}

neigh_fresh()
{
	ip -n "$left_ns" neigh show "$right_addr" dev "$left_dev" | grep -q REACHABLE
}
check "the target asks for its neighbor" asks_for_neigh
check_fails "the target asks for what is none" 1 'No such file or directory' \
	bash -c "echo 'reachable 999999 0' >$(probe left)/upcall"

loses_address()
{
	ip -n "$left_ns" addr del "$left_addr"/24 dev "$left_dev"
}
ends_apart "address removed" address-removed loses_address
ip -n $left_ns addr add $left_addr/24 dev $left_dev
ip -n $left_ns route replace 10.88.0.0/24 via $right_addr
check "address back: the streams go on" go_on 30 client server

check "short cut: offloaded" offloaded
check "short cut: they stay on the NIC" short_cut
check "short cut: and their path is as it was" nothing_changed
requests_mark left
right_gets_mac
check "short cut: then the MAC changes, and the target is told" wait_for 10 updated
check "short cut: the streams go on" go_on 30 client server

streams_stop "every octet is right"
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"

finish
