#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A target that does not answer in time. It is put into quarantine: what it did
# not give back is lost and the applications are told so, what that depended on
# leaves the tree without being asked for, and nothing is offloaded to it any
# more. What it answers after all is taken once, and what it has taken over too
# late it is told to drop. A reset ends the quarantine. One that is slow, but not too slow, costs nothing; no
# other target notices.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

conns=4
plan 64
scene_build

offloaded()
{
	at left offload dev "$left_dev" >"$scene/offload" 2>&1
	settled left "$1" 1 1
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

streams_start -n $conns -u poll -r 200000
set_port left offload/delay_terminate 1000
set_port left offload/delay_initiate 500
check "slow: offloaded" offloaded $conns
check "slow: terminated" at left terminate dev $left_dev
check_equal "slow: nothing is lost" 0 "$(counter left lost)"
check "slow: the streams go on" go_on 20 client server
check_equal "slow: the target is ready" ready "$(target_state left)"

# Each target has its own queue: while the driver of this one stays in the call,
# connections come home from another, and a third takes some and gives them back,
# and this one has still not answered.
stall=$(probe left)/faults/stall_ms
set_port left offload/delay_initiate 0
set_port left offload/delay_terminate 0
at left set dev $left_dev terminate-ms 60s
load_modules chimnull
ip link set chimnull0 up
wait_value 10 "" cat /sys/class/net/chimnull0/chimney/closed
right_takes_all()
{
	at right offload dev "$right_dev" >/dev/null 2>&1
	[ "$(get_port right offload/conns)" = "$conns" ]
}
# shellcheck disable=SC2016 # eval expands it
check "slow: offloaded at both ends" eval \
	'offloaded "$conns" && wait_for 10 right_takes_all'
requests_mark left
echo 10000 >"$stall"
at left --no-wait terminate dev $left_dev >/dev/null
others_move()
{
	wait_value 10 "$conns" requested left terminate conn &&
		at right terminate dev "$right_dev" >/dev/null &&
		[ "$(counts right)" = "0 0 0" ] &&
		chim offload 192.0.2.1:1 192.0.2.2:2 dev chimnull0 nexthop 192.0.2.2 &&
		chim terminate dev chimnull0 || return 1
	[ "$(target_counts left)" = "$conns 1 1" ] || {
		echo "the slow one was done first: $(target_counts left)"
		return 1
	}
}
check "slow: no other target is delayed" others_move
echo 0 >"$stall"
check "slow: and it comes to its end" settled left 0 0 0
at left set dev $left_dev terminate-ms 10s

# ---- a terminate that is not answered in time -------------------------------

check "late: offloaded" offloaded $conns
at left set dev $left_dev terminate-ms 300ms
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

# ---- a reset ends the quarantine ---------------------------------------------

# new_stream N PORT: of connections; the old server's have no peer any more
new_stream()
{
	kill -KILL "${stream_pids[0]}" 2>/dev/null
	wait "${stream_pids[0]}" 2>/dev/null
	streams_forget
	server_start server -l 0.0.0.0:"$2" -n "$1" -u poll -r 50000
	client_start other -c $right_addr:"$2" -n "$1" -u poll -r 50000
}

new_stream 2 5001
check_fails "late: nothing more is offloaded to it" 1 'hangs and is in quarantine' \
	at left offload dev $left_dev

check "reset: the quarantine ends" at left target reset dev $left_dev
check_equal "reset: the target is ready" "ready 1" \
	"$(target_state left) $(counter left resets)"
check "reset: nothing is left on it" wait_value 20 "0 0 0" target_counts left
check_fails "reset: another is refused" 1 'not in quarantine: there is nothing' \
	at left target reset dev $left_dev
check "reset: offloaded" wait_for 20 offloaded 2

# One is not given back; the other is there still, and comes home with the reset.
at left set dev $left_dev terminate-ms 300ms
set_port left offload/delay_terminate 60000
at left --no-wait terminate "$(ids left conn | head -n 1)" >/dev/null
check "reset, one is there: in quarantine" \
	wait_value 20 quarantined target_state left
at left set dev $left_dev terminate-ms 10s
check "reset, one is there: one application is told" wait_for 30 timed_out other 1
set_port left offload/delay_terminate 0
check_equal "reset, one is there: it is offloaded" 1 "$(ids left conn | wc -l)"
history_mark left
check "reset, one is there: the reset" at left target reset dev $left_dev
check_equal "reset, one is there: it came home first" 1 \
	"$(history_new left | awk '$3 == "conn" && $6 == "inhost" && $7 == "reset" && $8 == "ok" { n++ }
		END { print n + 0 }')"
check "reset, one is there: its stream goes on" go_on 40 other server
check "reset, one is there: offloaded again" wait_for 20 offloaded 1
handle=$(ids left conn)

at left set dev $left_dev terminate-ms 300ms
# Now the target gives nothing back: what it carries is lost with the reset.
set_port left offload/delay_terminate 60000
at left --no-wait terminate dev $left_dev >/dev/null
check "reset, nothing answered: in quarantine" \
	wait_value 20 quarantined target_state left
strangers=$(counter left bad-handle)
check "reset, nothing answered: through sysfs" \
	left sh -c "echo 1 >/sys/class/net/$left_dev/chimney/reset"
set_port left offload/delay_terminate 0
check "reset, nothing answered: the application is told" \
	wait_for 30 timed_out other 2
forget_client
check_equal "reset, nothing answered: no answer came" "$strangers" \
	"$(counter left bad-handle)"
# One that comes after all: of a terminate (1), ok (0), with a state
check_fails "reset, nothing answered: an answer after it" 1 'No such file' \
	sh -c "echo complete $handle 1 0 state >$(probe left)/upcall"
check_equal "reset, nothing answered: it is counted" $((strangers + 1)) \
	"$(counter left bad-handle)"
new_stream 1 5002
check "reset, nothing answered: offloaded" wait_for 20 offloaded 1
check "reset, nothing answered: and comes back" at left terminate dev $left_dev
check "reset: the tree is sound" tree_sound left

# ---- a query that is not answered in time ------------------------------------

query()
{
	at left "$@" query "$(ids left conn)"
}

in_step()
{
	query -j | jq -e '.[0].tcp | .cwnd > 0 and .mss > 500 and .rto_us > 0 and
		.snd_nxt - .snd_una < 10000000' >/dev/null
}

check "query: offloaded" wait_for 20 offloaded 1
check "query: the target tells" in_step
check_fails "query: of a path" 1 'this object is no connection' \
	at left query "$(ids left path)"
check "query: the stream goes on" go_on 20 other server
set_port left offload/delay_query 1000
query >"$scene/query.1" 2>&1 &
first=$!
query >"$scene/query.2" 2>&1
wait $first
check_equal "query: two at once" "2 0" \
	"$(cat "$scene"/query.[12] | grep -c acknowledged) $(counter left op-failed)"
at left set dev $left_dev update-ms 300ms
set_port left offload/delay_query 60000
check_fails "query, not answered: fails" 1 'did not answer in time' query
check_equal "query, not answered: in quarantine" quarantined "$(target_state left)"
check "query, not answered: the application is told" wait_for 30 timed_out other 1
forget_client
check "query, not answered: no object stays" wait_value 20 "0 0 0" counts left
check "query, not answered: the reset" at left target reset dev $left_dev
set_port left offload/delay_query 0
check "query: the tree is sound" tree_sound left
new_stream 1 5003

# ---- a new device is not in quarantine --------------------------------------

at left set dev $left_dev terminate-ms 300ms
set_port left offload/delay_terminate 60000
check "new: offloaded" wait_for 20 offloaded 1
at left --no-wait terminate dev $left_dev >/dev/null
check "new: in quarantine" wait_value 20 quarantined target_state left
check "new: the application is told" wait_for 30 timed_out other 1
forget_client
scene_unplug left
replug_left()
{
	scene_plug left && scene_wire
}
replug_left || give_up "cannot plug the device in again"
new_stream 1 5004
check "new: it is offloaded" wait_for 20 offloaded 1
check "new: and comes back" at left terminate dev $left_dev

# ---- an initiate that is not answered in time -------------------------------

at left set dev $left_dev initiate-ms 300ms
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
