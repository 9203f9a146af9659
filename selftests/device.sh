#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What happens to a device ends the offloads on it, or does not, as is set: it
# becomes a port of a bridge or a bond, a native XDP program or filters of traffic
# control are attached, it is promiscuous, its driver pauses offloading. Each ends
# all for its reason, keeps new ones away and says why as long as it lasts; each
# may be held, in vain or until the cause has ended, and ignored. Under load,
# octets verified.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=3
plan 37
xdp=$(program xdp)
scene_build
streams_start -n $conns -u mixed -r 100000

offload_all()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$conns" ]
}

ready()
{
	wait_for 20 offload_all && requests_mark left && history_mark left
}

begin_cause()
{
	case $1 in
	enslaved)	ip -n $left_ns link set $left_dev master br0 ;;
	filter-attached)
		background left "$scene/xdp" "$scene/xdp.err" "$xdp" pass $left_dev
		xdp_pid=$pid
		wait_for 10 grep -q attached "$scene/xdp"
		;;
	promiscuous)	ip -n $left_ns link set $left_dev promisc on ;;
	offload-paused)	set_port left offload/offload_pause 1 ;;
	esac
}

end_cause()
{
	case $1 in
	enslaved)	ip -n $left_ns link set $left_dev nomaster ;;
	filter-attached) stop_process "$xdp_pid" ;;
	promiscuous)	ip -n $left_ns link set $left_dev promisc off ;;
	offload-paused)	set_port left offload/offload_resume 1 ;;
	esac
}

closed_by()
{
	case $1 in
	enslaved)	echo 'port of a bridge or a bond' ;;
	filter-attached) echo 'XDP program' ;;
	promiscuous)	echo 'receives what others are sent' ;;
	offload-paused)	echo 'paused offloading' ;;
	esac
}

# All came back for this reason, by one decision and by no wish of the target.
ended_for()
{
	wait_value 15 "0 0 0" counts left || return 1
	history_new left | awk -v reason="$1" -v conns="$conns" '
		$2 == "decision" && $7 == reason && $9 == "terminate" { decisions++ }
		$3 == "conn" && $6 == "uploading" { n++; bad += $7 != reason }
		END {
			print n " connections, " bad + 0 " for another reason, " decisions " decisions"
			exit n != conns || bad || decisions != 1
		}'
}

stays()
{
	[ "$(get_port left offload/conns)" = "$conns" ] && [ "$(requested left terminate)" = 0 ]
}

# A bridge takes what its ports receive: the link stays, the streams stand still.
ip -n $left_ns link add br0 type bridge || give_up "there is no bridge"
ip -n $left_ns link set br0 up

# ends CAUSE
ends()
{
	ready || return 1
	begin_cause "$1" && ended_for "$1"
}

not_now()
{
	at left offload dev "$left_dev" 2>&1
}

# begin_cause may start a process: in this shell
for cause in enslaved filter-attached promiscuous offload-paused; do
	at left set dev $left_dev "$cause" terminate
	check_here "$cause: ends all, by one decision" ends $cause
	check_fails "$cause: says why nothing goes" 1 "$(closed_by $cause)" \
		at left offload dev $left_dev
	check_here "$cause: over" end_cause $cause
	check "$cause: and offloaded again" ready

	at left set dev $left_dev "$cause" hold 60s
	check_here "$cause: begins again" begin_cause $cause
	check "$cause: held" wait_for 5 decided left $cause hold
	end_cause $cause
	kept()
	{
		wait_for 5 decided left "$cause" keep && stays
	}
	check "$cause: it ended in time, and all stays" kept

	at left set dev $left_dev "$cause" ignore
	requests_mark left
	history_mark left
	begin_cause $cause
	ignored()
	{
		wait_for 5 decided left "$cause" ignore && stays
	}
	check "$cause: ignored, all stays" ignored
	end_cause $cause
done
at left set dev $left_dev enslaved terminate filter-attached terminate

# What runs is the program itself, on what goes up to the stack.
drops()
{
	local status

	ready || return 1
	background left "$scene/xdp" "$scene/xdp.err" "$xdp" drop "$left_dev"
	wait_for 10 grep -q attached "$scene/xdp" || return 1
	scene_reachable "$right_addr"
	status=$?
	stop_process "$pid"
	[ "$status" -ne 0 ] && wait_for 10 scene_reachable "$right_addr"
}
check_here "XDP: the program runs" drops

# Filters of traffic control, here at the ingress
tc_filter()
{
	ready || return 1
	left tc qdisc add dev "$left_dev" clsact || return 1
	ended_for filter-attached || return 1
	not_now | grep -q 'tc filters' || return 1
	left tc qdisc del dev "$left_dev" clsact
	ready
}
check "tc: a block is attached" tc_filter
streams_stop "every octet is right"
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"
finish
