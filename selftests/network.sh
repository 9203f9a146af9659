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
# shellcheck source=selftests/lib/path.sh
. "$selftests/lib/path.sh"

plan 86
scene_build
paths_over 4

neigh_cases "gratuitous ARP"
route_cases

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
	[ "$(get_port left offload/conns)" = "$conns" ] && streams_go_on
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
	neigh_known
	wait_for 10 decided left neigh-unreachable keep && [ "$(get_port left offload/conns)" = "$conns" ]
}
check "neighbor fails, held: it is back in time" held_neigh
at left set dev $left_dev neigh-unreachable terminate

check "the target asks for its neighbor" asks_for_neigh
check_fails "the target asks for what is none" 1 'No such file or directory' \
	bash -c "echo 'reachable 999999 0' >$(probe left)/upcall"

address_cases
cut_cases
path_end

finish
