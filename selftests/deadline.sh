#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A target that does not answer in time. It is put into quarantine: what it did
# not give back is lost and the applications are told so, what that depended on
# leaves the tree without being asked for, and nothing is offloaded to it any
# more. What it answers after all is taken once, and what it has taken over too
# late it is told to drop. One that is slow, but not too slow, costs nothing; no
# other target notices.
#
# Time limit: 200 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=4
plan 27
scene_build

offloaded()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	settled left "$1" 1 1
}

target_state()
{
	at "$1" -j target show dev "$(dev_of "$1")" | jq -r '.[0].state'
}

# timed_out CLIENT N: so many of its connections ended with this error
timed_out()
{
	[ "$(grep -c 'Connection timed out' "$scene/$1.err")" -eq "$2" ]
}

# Its connections were lost, and it ended: nothing to wait for
forget_client()
{
	wait "${client_pids[-1]}"
	[ $? -eq 1 ]
}

# changes TYPE TO REASON: how many objects of that layer came to that state
changes()
{
	history_new left | awk -v type="$1" -v to="$2" -v reason="$3" '
		$3 == type && $6 == to && $7 == reason { n++ }
		END { print n + 0 }'
}

# ---- slow, but in time ------------------------------------------------------

streams_start -n $conns -u mixed -r 200000
set_port left offload/delay_terminate 1000
set_port left offload/delay_initiate 500
check "slow: offloaded" offloaded $conns
check "slow: terminated" at left terminate dev $left_dev
check_equal "slow: nothing is lost" 0 "$(counter left lost)"
check "slow: the streams go on" go_on 20 client server
check_equal "slow: the target is ready" ready "$(target_state left)"

# ---- a terminate that is not answered in time -------------------------------

set_port left offload/delay_initiate 0
check "late: offloaded" offloaded $conns
at left set dev $left_dev terminate-within 300ms
set_port left offload/delay_terminate 60000
history_mark left
requests_mark left
at left --no-wait terminate dev $left_dev >/dev/null
check "late: no object stays in the tree" wait_value 20 "0 0 0" counts left
check_equal "late: the target is in quarantine" quarantined "$(target_state left)"
check "late: each application is told" wait_for 30 timed_out client $conns
forget_client
check_equal "late: the journal says why" $conns "$(changes conn inhost deadline)"
check_equal "late: path and neighbor are in quarantine" "1 1" \
	"$(changes path quarantined deadline) $(changes neigh quarantined deadline)"
check_equal "late: so many states are lost" $conns "$(counter left lost)"
set_port left offload/delay_terminate 0
check "late: the answers are counted when they come" \
	wait_value 30 $conns counter left late
check_equal "late: what the connections depended on was not asked for" "0 0" \
	"$(requested left terminate path) $(requested left terminate neigh)"
check "late: the tree is sound" tree_sound left
check_equal "late: the other target is ready" ready "$(target_state right)"

# Its peers do not know that they have none any more.
kill -KILL "${stream_pids[0]}" 2>/dev/null
wait "${stream_pids[0]}" 2>/dev/null
streams_forget
server_start server -l 0.0.0.0:5001 -n 1 -r 50000
client_start other -c $right_addr:5001 -n 1 -r 50000
check_fails "late: nothing more is offloaded to it" 1 'hangs and is in quarantine' \
	at left offload dev $left_dev

# ---- a new device is not in quarantine --------------------------------------

scene_unplug left
replug_left()
{
	scene_plug left && scene_wire
}
replug_left || give_up "cannot plug the device in again"
check "new: the stream goes on" go_on 40 other server
check "new: it is offloaded" wait_for 20 offloaded 1
check "new: and comes back" at left terminate dev $left_dev

# ---- an initiate that is not answered in time -------------------------------

at left set dev $left_dev initiate-within 300ms
set_port left offload/delay_initiate 60000
history_mark left
at left --no-wait offload dev $left_dev >/dev/null
check "taken too late: no object stays in the tree" \
	wait_value 20 "0 0 0" counts left
check "taken too late: the application is told" wait_for 30 timed_out other 1
forget_client
check_equal "taken too late: the target is in quarantine" quarantined \
	"$(target_state left)"
check_equal "taken too late: so the initiate ended" 1 \
	"$(at left -j stats dev "$left_dev" |
		jq '.[0].initiated[] | select(.status == "timeout").count')"
set_port left offload/delay_initiate 0
check "taken too late: the answers are counted" \
	wait_value 30 3 counter left late
check "taken too late: the target drops what it took" \
	wait_value 20 "0 0 0" target_counts left
scene_fair "the host broke no rule"

finish
