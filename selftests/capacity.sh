#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A target that is full: what exceeds a limit fails with the status that names
# the limit, what depends on it is not attempted, and the rest goes on. Live
# connections that were left in the host do not notice.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 27
scene_build

# Three connections to each of four addresses: two neighbors, four paths.
peers=(10.77.0.2 10.88.0.1 10.88.0.2 10.77.0.3)

start_streams()
{
	local n

	streams_forget
	server_start server -l 0.0.0.0:5000 -n 12 -r 400000
	for n in 0 1 2 3; do
		client_start client$n -c "${peers[n]}:5000" -n 3 -r 100000
	done
	wait_for 15 moving server client0 client1 client2 client3 ||
		give_up "nothing moves to begin with"
}

# limits CONNECTIONS PATHS NEIGHBORS: nothing is offloaded, and no more may be
limits()
{
	at left terminate dev $left_dev >/dev/null 2>&1
	settled left 0 0 0 >/dev/null || give_up "the target does not get empty"
	set_port left offload/max_conns "$1"
	set_port left offload/max_paths "$2"
	set_port left offload/max_neighs "$3"
	requests_mark left
	offload_output=$(at left offload dev $left_dev 2>&1)
	offload_status=$?
}

# ended TYPE STATUS: how many initiates of that layer ended so
ended()
{
	requests_new left | awk -v type="$1" -v status="$2" '
		$4 == "initiate" && $5 == type && $10 == status { n++ }
		END { print n + 0 }'
}

# outcome CASE WANTED TYPE:STATUS...: one case: so many ended so
outcome()
{
	local what=$1 wanted=$2 pair got=

	shift 2
	for pair; do
		got+=" $(ended "${pair%:*}" "${pair#*:}")"
	done
	if [ "${got# }" = "$wanted" ]; then
		pass "$what"
	else
		fail "$what" "wanted $wanted, got${got}
$(requests_new left)
$offload_output"
	fi
}

start_streams

limits 5 100 100
outcome "connections: five have room" "5 7" conn:ok conn:no-conn
outcome "connections: paths and neighbors come" "4 2" path:ok neigh:ok
check_equal "connections: the tool says that not all was done" 1 \
	"$offload_status"
check "connections: and why" \
	grep -q "no room for a connection\|no-conn" <<<"$offload_output"
check_equal "connections: so many are there" 5 "$(get_port left offload/conns)"
check "connections: the tree is sound" tree_sound left
set_port left offload/max_conns 100
at left offload dev $left_dev >/dev/null 2>&1
check "connections: the others come when there is room" settled left 12 4 2

limits 100 1 100
outcome "paths: one has room" "1 3" path:ok path:no-path
outcome "paths: what depends on the others is not attempted" "3 9" \
	conn:ok conn:not-attempted
check "paths: a neighbor without paths goes" settled left 3 1 1
check "paths: dependents first" in_order left

limits 100 100 1
outcome "neighbors: one has room" "1 1" neigh:ok neigh:no-neigh
check_equal "neighbors: three layers hang on it" "12 4" \
	"$(($(ended conn ok) + $(ended conn not-attempted))) $(($(ended path ok) + $(ended path not-attempted)))"
check "neighbors: none of the other's is there" \
	test "$(ended conn ok)" = "$(get_port left offload/conns)"
check "neighbors: the tree is sound" tree_sound left

limits 0 0 0
outcome "nothing has room" "0 2 0 4 0 12" neigh:ok neigh:no-neigh \
	path:ok path:not-attempted conn:ok conn:not-attempted
check "nothing is there" settled left 0 0 0

set_port left offload/delay_initiate 50
set_port left offload/split 1
limits 7 100 100
outcome "one at a time and late: seven have room" "7 5" conn:ok conn:no-conn
check "and the tree is sound" tree_sound left
set_port left offload/delay_initiate 0
set_port left offload/split 0

# What is in flight when a connection comes has to fit as well. The way back is
# made long, so that there is something.
right tc qdisc add dev $right_dev root netem delay 100ms ||
	give_up "cannot delay what the right host sends"
no_room_in_flight()
{
	limits 100 100 100
	[ "$(ended conn no-buffer)" -gt 0 ]
}
set_port left offload/max_sent 0
check "in flight: what does not fit stays in the host" wait_for 30 no_room_in_flight
check "in flight: and goes on there" go_on 20 server client0 client1 client2 client3
check "in flight: the tree is sound" tree_sound left
set_port left offload/max_sent 1000000
right tc qdisc del dev $right_dev root

limits 100 100 100
check "without limits all are there" settled left 12 4 2
check "all streams go on" go_on 20 server client0 client1 client2 client3
at left terminate dev $left_dev >/dev/null 2>&1
check "all go back" settled left 0 0 0
streams_stop "every octet was right"
scene_fair "all by the rules"

finish
