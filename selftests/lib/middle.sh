# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what scene.sh sets
#
# A third host between the two, whose bridge passes all frames on. What a NIC's engine
# sends meets no queueing discipline of its own host: those of the middle it meets, as
# what the stack sends does. For scripts that read scene.sh:
#
#	middle_build
#	middle_netem limit 5000 delay 5ms

middle_ns=chimney-middle
middle_id=3
# Towards the left and the right host
middle_devs=("chs${middle_id}p0" "chs${middle_id}p1")

middle()
{
	ip netns exec $middle_ns "$@"
}

middle_unplug()
{
	echo $middle_id >"$sim/del_device"
}

# The bridge neither waits nor sorts. GRO would make other frames of those that come.
middle_host()
{
	local dev

	at_exit ip netns del $middle_ns
	at_exit middle_unplug
	ip netns add $middle_ns || return 1
	middle sysctl -qw net.ipv6.conf.{all,default}.disable_ipv6=1 2>/dev/null
	middle bash -c "echo $middle_id 2 >$sim/new_device" &&
		ip -n $middle_ns link add br0 type bridge forward_delay 0 \
			mcast_snooping 0 &&
		ip -n $middle_ns link set br0 up || return 1
	for dev in "${middle_devs[@]}"; do
		middle ethtool -K "$dev" gro off >/dev/null 2>&1
		ip -n $middle_ns link set "$dev" master br0 up || return 1
	done
}

# middle_link left|right DEVICE
middle_link()
{
	local host middle wire status=0

	exec {host}<"/run/netns/$(ns_of "$1")" {middle}<"/run/netns/$middle_ns"
	wire="$host:$(scene_ifindex "$(ns_of "$1")" "$(dev_of "$1")")"
	wire+=" $middle:$(scene_ifindex $middle_ns "$2")"
	echo "$wire" >"$sim/link_device" || status=1
	exec {host}<&- {middle}<&-
	return $status
}

middle_wire()
{
	middle_host && middle_link left "${middle_devs[0]}" &&
		middle_link right "${middle_devs[1]}" || return 1
	wait_for 10 scene_reachable "$right_addr"
}

# middle_build: as scene_build, with the middle in the wire
middle_build()
{
	scene_up middle_wire || give_up "cannot build three hosts and two wires"
}

# middle_netem OPTION...: what happens to frames, each way, as tc-netem(8) has it;
# without an option nothing does
middle_netem()
{
	local dev

	for dev in "${middle_devs[@]}"; do
		tc -n $middle_ns qdisc del dev "$dev" root 2>/dev/null
		[ $# -eq 0 ] ||
			tc -n $middle_ns qdisc add dev "$dev" root netem "$@" ||
			return 1
	done
}

# middle_mtu OCTETS: of what it passes on
middle_mtu()
{
	local dev

	for dev in "${middle_devs[@]}"; do
		ip -n $middle_ns link set "$dev" mtu "$1" || return 1
	done
}
