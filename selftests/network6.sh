#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What changes around an offloaded connection, over IPv6, as network.sh has it for
# IPv4: the peer's MAC address (also by an unsolicited advertisement), its neighbor,
# the next hop (by a route, by a rule, by a router's redirect), the path's MTU (by a
# route, by a packet that was too big), the host's address; also after the link was gone
# for a moment.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/path.sh
. "$selftests/lib/path.sh"

plan 72
# shellcheck disable=SC2034 # for scene_build
scene_ipv6=yes
scene_build
paths_over 6

neigh_cases "unsolicited advertisement"
check "the target asks for its neighbor" asks_for_neigh
at left terminate dev "$left_dev" >/dev/null
route_cases
ends_apart "another device" route-changed another_device
check "another device: back" first_next_hop
address_cases
cut_cases
path_end

finish
