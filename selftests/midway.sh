#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The device goes at a bad moment: while connections are on their way to it, or
# back; while its link is down and the policy holds or ignores that; when it is in
# quarantine already; when its network namespace has no name any more. And the
# machine goes to sleep. Everything comes home first, and nothing is lost but
# what a target in quarantine has kept.
#
# Time limit: 200 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=4
plan 46
scene_build

replug()
{
	scene_plug left && scene_wire
}

offloaded()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	[ "$(get_port left offload/conns)" = "$conns" ]
}

heard_mark()
{
	heard_before=$(wc -l <"$scene/heard")
}

# came_home REASON STATUS: since the mark all came home so, and none otherwise
came_home()
{
	local got

	got=$(tail -n +$((heard_before + 1)) "$scene/heard" |
	      "$rows" to type reason status | sed -n 's/^inhost conn //p' |
	      sort | uniq -c |
	      sed 's/^ *//')
	echo "$got"
	[ "$got" = "$conns $1 $2" ]
}

# gone CASE REASON: what must be true when the device has gone. One that takes
# back all at once does not wait for any delay that was set.
gone()
{
	local began=$SECONDS

	check "$1: the device goes" scene_unplug left
	check "$1: at once" test $((SECONDS - began)) -lt 20
	check "$1: all came home, and why" wait_for 10 came_home "$2" ok
	check "$1: there is a device again" replug
	check "$1: the streams go on" go_on 60 client server
}

# ready CASE: all is offloaded, and what becomes of it will be heard
ready()
{
	listen
	check "$1: offloaded" wait_for 30 offloaded
	heard_mark
}

streams_start -n $conns -u mixed -r 100000

# ---- the link is down, and nothing was done about it -------------------------

# The device goes with no event before that the policy would end offloads for.
for rule in ignore 'hold 60s'; do
	ready "down, $rule"
	# shellcheck disable=SC2086 # words
	at left set dev $left_dev admin-down $rule
	ip -n $left_ns link set $left_dev down
	check_equal "down, $rule: all stays" $conns "$(get_port left offload/conns)"
	gone "down, $rule" device-removed
done

# ---- on the way ---------------------------------------------------------------

listen
at left terminate dev $left_dev >/dev/null
wait_for 10 has_counts left 0 0 0
at left set dev $left_dev initiate-ms 120s terminate-ms 120s
requests_mark left
heard_mark
set_port left offload/delay_initiate 60000
begun()
{
	at left --no-wait offload dev "$left_dev" >/dev/null 2>&1
	[ "$(requested left initiate conn)" = "$conns" ]
}
check "on the way there" wait_for 20 begun
gone "on the way there" device-removed

ready "on the way back"
at left set dev $left_dev initiate-ms 120s terminate-ms 120s
requests_mark left
set_port left offload/delay_terminate 60000
at left --no-wait terminate dev $left_dev >/dev/null
check "on the way back: asked for" wait_value 20 $conns requested left terminate conn
gone "on the way back" administrator

# ---- the machine goes to sleep --------------------------------------------------

# These kernels cannot rehearse it (CONFIG_PM_DEBUG). Who opens the device by
# which a program saves the machine makes them prepare, and end it by closing it.
ready "sleep"
exec {sleep}</dev/snapshot
check_equal "sleep: nothing is offloaded when all is prepared" "0 0 0" \
	"$(target_counts left)"
check "sleep: all came home, and why" wait_for 10 came_home power ok
check_fails "sleep: and nothing goes" 1 'about to sleep' \
	at left offload dev $left_dev
check "sleep: the streams go on" go_on 20 client server
exec {sleep}<&-
check "sleep: over, offloaded again" wait_for 30 offloaded

check_equal "no state was lost" "0 0" "$(counter left lost) $(counter right lost)"
scene_fair "the host broke no rule"

# ---- a host without a name ------------------------------------------------------

# Its programs keep it, and their sockets are offloaded still.
ip netns del $left_ns
check_equal "no name: all stays" $conns "$(get_port left offload/conns)"
heard_mark
check "no name: the device goes" scene_unplug left
check "no name: all came home, and why" wait_for 10 came_home device-removed ok
streams_kill
stop_process "$listener"
scene_netns left
ip -n $left_ns link set lo up

# ---- in quarantine ----------------------------------------------------------------

replug || give_up "cannot build the left host again"
streams_start -n $conns -u poll -r 100000
check "quarantine: offloaded" wait_for 30 offloaded
at left set dev $left_dev terminate-ms 300ms
set_port left offload/delay_terminate 60000
at left --no-wait terminate dev $left_dev >/dev/null
check "quarantine: the target hangs" \
	wait_value 20 quarantined target_state left
began=$SECONDS
check "quarantine: the device goes" scene_unplug left
check "quarantine: at once" test $((SECONDS - began)) -lt 20
told_of_loss()
{
	[ "$(grep -c 'Connection timed out' "$scene/client.err")" = "$conns" ]
}
check "quarantine: each application was told" wait_for 20 told_of_loss
streams_kill
check "the driver goes" rmmod chimsim
check_equal "nothing keeps the host's part" 0 "$(cat /sys/module/chimney/refcnt)"
check "and it goes" rmmod chimney

finish
