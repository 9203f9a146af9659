#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The device goes from under its offloads: it is removed, with the link up or
# just down, the driver is unloaded, its network namespace is deleted. Everything
# comes home first; connections go on when there is a device again; nothing is
# left, and the modules can be unloaded while programs still use sockets that
# were offloaded once.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=4
plan 22
scene_build

both_offloaded()
{
	at left offload dev "$left_dev" >"$scene/offload-left" 2>&1
	at right offload dev "$right_dev" >"$scene/offload-right" 2>&1
	[ "$(get_port left offload/conns) $(get_port right offload/conns)" = \
		"$conns $conns" ]
}

# replug left|right: there is such a device again, on the same wire
replug()
{
	scene_plug "$1" && scene_wire
}

# told: what the listener heard since the mark: how many connections came home,
# and why
told()
{
	tail -n +$((heard_before + 1)) "$scene/heard" |
		"$rows" to type reason status | sed -n 's/^inhost conn //p' |
		sort | uniq -c | sed 's/^ *//'
}

heard_all()
{
	echo "heard: $(told)"
	[ "$(told)" = "$conns $1 ok" ]
}

heard_mark()
{
	heard_before=$(wc -l <"$scene/heard")
}

# removed CASE REASON: what follows when the left device was removed
removed()
{
	check "$1: all came home, and why" wait_for 10 heard_all "$2"
	check "$1: there is a device again" replug left
	check "$1: the streams go on" go_on 60 client server
}

streams_start -n $conns -u mixed -r 200000

listen
check "removed: offloaded at both ends" wait_for 20 both_offloaded
heard_mark
scene_unplug left
removed "removed" device-removed

listen
check "removed, link down: offloaded at both ends" wait_for 20 both_offloaded
heard_mark
ip -n "$left_ns" link set "$left_dev" down
scene_unplug left
removed "removed, link down" admin-down

# ---- in another network namespace, and back ----------------------------------

listen
check "moved: offloaded at both ends" wait_for 20 both_offloaded
heard_mark
ip netns add chimney-elsewhere
at_exit ip netns del chimney-elsewhere
ip -n "$left_ns" link set "$left_dev" netns chimney-elsewhere
check "moved: all came home" wait_for 10 heard_all admin-down
ip -n chimney-elsewhere link set "$left_dev" netns "$left_ns"
ip -n "$left_ns" link set "$left_dev" up
ip -n "$left_ns" addr add "$left_addr/24" dev "$left_dev"
ip -n "$left_ns" route add 10.88.0.0/24 via "$right_addr"
check "moved: the streams go on when it is back" go_on 60 client server
check "moved: and can be offloaded" wait_for 20 both_offloaded
check_equal "no state was lost" "0 0" "$(counter left lost) $(counter right lost)"
streams_stop "every octet is right"

# ---- the driver goes, then the host's part ------------------------------------

stop_process "$listener"
streams_start -n $conns -u mixed -r 200000
check "unloaded: offloaded at both ends" wait_for 20 both_offloaded
check "unloaded: the driver can go" rmmod chimsim
check "unloaded: and the host's part, while the programs live" \
	wait_for 20 rmmod chimney
streams_kill

# ---- a whole host goes ---------------------------------------------------------

load_modules chimney chimsim
rebuild()
{
	scene_plug left && scene_plug right && scene_wire
}
rebuild || give_up "cannot build the wire again"
streams_start -n $conns -u mixed -r 200000
check "a host is gone: offloaded at both ends" wait_for 20 both_offloaded
kill -KILL "${stream_pids[0]}"
wait "${stream_pids[0]}" 2>/dev/null
ip netns del "$right_ns"
# It goes when the last of its sockets has gone.
nothing_left()
{
	[ "$(counts left)" = "0 0 0" ] &&
		[ "$(get_port right offload/conns 2>/dev/null || echo 0)" = 0 ]
}
check "a host is gone: nothing is offloaded any more" wait_for 60 nothing_left
kill -KILL "${stream_pids[1]}" 2>/dev/null
wait "${stream_pids[1]}" 2>/dev/null
devices_go()
{
	scene_unplug left && scene_unplug right
}
check "a host is gone: the devices can go" devices_go
check "a host is gone: the driver can go" wait_for 30 rmmod chimsim
check "a host is gone: and the host's part" wait_for 30 rmmod chimney

finish
