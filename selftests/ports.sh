#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is above a device takes what it receives: a VLAN on it becomes a port of a
# bridge, then the device one of a bond. What is offloaded over the VLAN goes
# back, and the rest stays; with the bond all goes back, though the device was down
# in between. While it lasts nothing is offloaded that way, and it is said why;
# afterwards all is again. Under load, octets verified. A device that is a port
# itself, of a bridge: device.sh.
#
# Time limit: 200 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 16
scene_build

offload_all()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$1" ]
}

ready()
{
	wait_for 20 offload_all "$1" && history_mark left
}

# came_back N: so many did, all because of what is above the device
came_back()
{
	history_new left | awk -v wanted="$1" '
		$3 == "conn" && $6 == "uploading" { n++; bad += $7 != "enslaved" }
		END {
			print n + 0 " connections, " bad + 0 " for another reason"
			exit n != wanted || bad
		}'
}

# ---- a VLAN -------------------------------------------------------------------

vlan_add()
{
	ip -n "$1" link add link "$2" name v5 type vlan id 5 &&
		ip -n "$1" addr add "$3/24" dev v5 && ip -n "$1" link set v5 up
}

vlan_add $left_ns $left_dev 10.5.0.1 && vlan_add $right_ns $right_dev 10.5.0.2 ||
	give_up "there are no VLANs"
ip -n $left_ns link add br0 type bridge && ip -n $left_ns link set br0 up ||
	give_up "there is no bridge"
wait_for 10 scene_reachable 10.5.0.2 || give_up "nothing goes over the VLAN"

streams_forget
server_start server -l 0.0.0.0:5000 -n 5 -u mixed -r 100000
client_start plain -c $right_addr:5000 -n 3 -u mixed -r 100000
client_start tagged -c 10.5.0.2:5000 -n 2 -u mixed -r 100000
check "VLAN: offloaded with the others" ready 5
ip -n $left_ns link set v5 master br0
check "VLAN: a port of a bridge, its own go back" wait_for 10 came_back 2
check "VLAN: the others stay" wait_value 10 "3 1 1" counts left
check_fails "VLAN: says why nothing goes" 1 'port of a bridge or a bond' \
	at left offload dev $left_dev
check "VLAN: the others go on" go_on 20 plain
ip -n $left_ns link set v5 nomaster
check "VLAN: over, offloaded again" ready 5
check "VLAN: its streams go on" go_on 30 tagged plain
streams_stop "VLAN: every octet is right"
ip -n $left_ns link del v5
ip -n $right_ns link del v5

# ---- a bond -------------------------------------------------------------------

# With a MAC address of its own the bond leaves the port's alone: a new one ends
# all offloads, for another reason.
ip -n $left_ns link add bond7 type bond mode active-backup fail_over_mac active &&
	ip -n $left_ns link set bond7 up || give_up "there are no bonds"
at left set dev $left_dev admin-down hold 60s
streams_start -n 3 -u mixed -r 100000
check "bond: offloaded" ready 3

# Only a device that is down may become one, and the bond sets it up.
enslave()
{
	ip -n "$left_ns" link set "$left_dev" down &&
		ip -n "$left_ns" link set "$left_dev" master bond7
}

release()
{
	ip -n "$left_ns" link set "$left_dev" nomaster &&
		ip -n "$left_ns" link set "$left_dev" up
}

check "bond: the device becomes a port" enslave
check "bond: all go back, for that reason" wait_for 10 came_back 3
check_fails "bond: says why nothing goes" 1 'port of a bridge or a bond' \
	at left offload dev $left_dev
check "bond: no port any more" release
check "bond: offloaded again" ready 3
streams_stop "bond: every octet is right"
scene_fair "the host broke no rule"
finish
