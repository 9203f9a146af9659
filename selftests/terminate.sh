#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Terminate in every shape: a connection, a path, a neighbor, any combination,
# a parent together with what depends on it, a whole target, everything; what
# depends goes first, and a path or neighbor goes by itself when nothing depends
# on it any more, never before: both read off the target's log. Requests that
# meet, and completions that come late. All of it with live connections that
# carry octets, verified at both ends.
#
# Time limit: 600 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 45
scene_build

# Three connections to each of four addresses: two neighbors, four paths, the
# first three of one neighbor.
peers=(10.77.0.2 10.88.0.1 10.88.0.2 10.77.0.3)

start_streams()
{
	local peer n=0

	streams_forget
	server_start server -l 0.0.0.0:5000 -n 12 -u mixed -r 60000
	for peer in "${peers[@]}"; do
		client_start "client$n" -c "$peer:5000" -n 3 -u mixed -r 15000
		n=$((n + 1))
	done
	wait_for 15 moving server client0 client1 client2 client3 ||
		give_up "nothing moves to begin with"
}

go_on_all()
{
	go_on 15 server client0 client1 client2 client3
}

# all_offloaded: everything is there, and the logs are empty
all_offloaded()
{
	at left offload dev $left_dev >"$scene/offload" 2>&1
	settled left 12 4 2 || {
		cat "$scene/offload"
		return 1
	}
	requests_mark left
	history_mark left
}

# terminates: how many of connections, paths and neighbors the target was asked
# for
terminates()
{
	local type text=

	for type in conn path neigh; do
		text+=" $(requested left terminate $type)"
	done
	echo "${text# }"
}

# shape CASE TERMINATES LEFT ARGUMENTS...: one case: a request that is carried
# out, dependents first, leaves what it should, and terminates just so much
shape()
{
	local what=$1 wanted=$2 left=$3 output

	shift 3
	# shellcheck disable=SC2086 # three numbers
	if output=$(at left terminate "$@" 2>&1 && settled left $left 2>&1 &&
		    tree_sound left 2>&1 && in_order left) &&
	   [ "$(terminates)" = "$wanted" ]; then
		pass "$what"
	else
		fail "$what" "$output
wanted $left and terminates $wanted, got $(terminates)
$(requests_new left)"
	fi
	all_offloaded >"$scene/again" 2>&1 ||
		note "not all is offloaded again: $(cat "$scene/again")"
}

first()
{
	ids left "$@" | head -n 1
}

# pick TYPE ADDR [N]: sets $picked to the ids of all such, or of N
pick()
{
	mapfile -t picked < <(ids left "$1" "$2" | head -n "${3:-100}")
}

start_streams
check "all is offloaded, parents are shared" all_offloaded
check "each path counts its connections" \
	test "$(objects left | awk '$1 == "path" { print $5 }' | sort -u)" = 3
check "a neighbor counts its paths" \
	test "$(objects left | awk '$1 == "neigh" { print $7, $5 }' | sort | tr '\n' ' ')" = \
	"10.77.0.2 3 10.77.0.3 1 "

# ---- shapes --------------------------------------------------------------

shape "one connection: its path stays" "1 0 0" "11 4 2" \
	"$(first conn 10.88.0.1)"
pick conn 10.88.0.1 2
shape "two of three connections: the path stays" "2 0 0" "10 4 2" "${picked[@]}"
pick conn 10.88.0.1
shape "all connections of a path: it goes by itself" "3 1 0" "9 3 2" \
	"${picked[@]}"
pick conn 10.77.0.3
shape "all connections of a neighbor: it goes by itself" "3 1 1" "9 3 1" \
	"${picked[@]}"
shape "one path: its connections come along" "3 1 0" "9 3 2" \
	"$(first path 10.88.0.2)"
shape "the only path of a neighbor: all three layers" "3 1 1" "9 3 1" \
	"$(first path 10.77.0.3)"
shape "one neighbor: its paths and connections come along" "9 3 1" "3 1 1" \
	"$(first neigh 10.77.0.2)"
shape "connections here and there" "2 0 0" "10 4 2" \
	"$(first conn 10.88.0.1)" "$(first conn 10.77.0.3)"
shape "a path and a connection of another one" "4 1 0" "8 3 2" \
	"$(first path 10.88.0.1)" "$(first conn 10.88.0.2)"
pick conn 10.88.0.1
shape "a path together with its own connections" "3 1 0" "9 3 2" \
	"${picked[@]}" "$(first path 10.88.0.1)"
shape "a neighbor with its own path and a connection of that" "9 3 1" "3 1 1" \
	"$(first conn 10.88.0.1)" "$(first neigh 10.77.0.2)" \
	"$(first path 10.88.0.1)"
shape "a neighbor and a path of the other one" "12 4 2" "0 0 0" \
	"$(first neigh 10.77.0.2)" "$(first path 10.77.0.3)"
shape "by address" "3 1 0" "9 3 2" dst 10.88.0.2
shape "a whole target" "12 4 2" "0 0 0" dev $left_dev
shape "everything" "12 4 2" "0 0 0" all
check "the streams go on" go_on_all

# ---- why, and when -------------------------------------------------------

reasons()
{
	history_new left | awk -v id="$1" '$4 == id && $6 == "uploading" {
		print $7 }'
}

path=$(first path 10.88.0.1)
pick conn 10.88.0.1
at left terminate "${picked[@]}" >/dev/null
settled left 9 3 2
check_equal "a path that goes by itself says so" idle "$(reasons "$path")"
all_offloaded

# Requests that shall meet on the target stay there until they are let go: longer
# than anything takes here.
at left set dev $left_dev initiate-ms 120s terminate-ms 120s

# keep OPERATION and let_go OPERATION: its requests, from here on
keep()
{
	set_port left "offload/delay_$1" 60000
}

let_go()
{
	set_port left "offload/delay_$1" 0
}

# A path is busy as long as one of its connections has not come back.
idle_not_early()
{
	keep terminate
	pick conn 10.88.0.1
	at left --no-wait terminate "${picked[@]}" &&
		wait_value 15 3 requested left terminate conn &&
		[ "$(requested left terminate path)" = 0 ] &&
		[ "$(get_port left offload/paths)" = 4 ] &&
		let_go terminate && settled left 9 3 2 && in_order left
}
check "a path does not go before its last connection is back" idle_not_early
let_go terminate
all_offloaded

# ---- if unused -----------------------------------------------------------

path=$(first path 10.88.0.1)
neigh=$(first neigh 10.77.0.2)
listed=$(at left --if-unused terminate "$path" 2>&1)
status=$?
check_equal "if unused: a path with connections is refused" 1 "$status"
missing=
for id in $(ids left conn 10.88.0.1); do
	grep -qw "$id" <<<"$listed" || missing+=" $id"
done
check_equal "if unused: its connections are listed" "" "$missing"
listed=$(at left --if-unused terminate "$neigh" "$(first conn 10.77.0.3)" 2>&1)
check_equal "if unused: one that is busy spoils the whole request" 1 $?
check_equal "if unused: nothing was terminated" "0 0 0" "$(terminates)"
check "if unused: a connection is terminated" \
	at left --if-unused terminate "$(first conn 10.77.0.3)"
all_offloaded

# ---- requests that meet --------------------------------------------------

merged()
{
	local id

	id=$(first conn 10.88.0.1)
	keep terminate
	at left --no-wait terminate "$id" || return 1
	at left --no-wait terminate "$id" || return 1
	at left --no-wait terminate "$(first path 10.88.0.1)" || return 1
	wait_value 15 3 requested left terminate conn || return 1
	let_go terminate
	settled left 9 3 2 || return 1
	echo "terminates: $(terminates)"
	[ "$(terminates)" = "3 1 0" ] && in_order left
}
check "requests for the same are one" merged
let_go terminate
all_offloaded

# not_before_initiate: no new terminate was asked for before the initiate of the
# same object was complete
not_before_initiate()
{
	requests_new left | awk '
		$4 == "initiate" { complete[$6] = $3 }
		$4 == "terminate" {
			n++
			if (!($6 in complete) || $2 < complete[$6]) {
				print $6 " asked for at " $2 \
					", complete at " complete[$6]
				early = 1
			}
		}
		END { exit early || !n }'
}

deferred()
{
	at left terminate all >/dev/null
	settled left 0 0 0 || return 1
	requests_mark left
	keep initiate
	at left --no-wait offload dst 10.88.0.1 || return 1
	wait_value 15 3 requested left initiate conn || return 1
	at left --no-wait terminate dst 10.88.0.1 || return 1
	# It waits: the initiate is not complete, and nothing else was asked for.
	echo "$(requested left terminate) terminates at once"
	[ "$(requested left terminate)" = 0 ] || return 1
	let_go initiate
	settled left 0 0 0 || return 1
	[ "$(terminates)" = "3 1 1" ] && not_before_initiate && in_order left
}
check "a terminate waits for the initiate" deferred
let_go initiate
check "all is offloaded again" all_offloaded

# A closure closes although connections keep coming: while it is being
# terminated, others ask for the same path and neighbor again and again.
keep_offloading()
{
	while [ -e "$scene/keep" ]; do
		at left --no-wait offload dst 10.88.0.1
		at left --no-wait offload dst 10.88.0.2
	done
}

# Six closures end; one that left before it was asked for does not count.
stream_of_new()
{
	local ended=0 end=$((SECONDS + 90)) said='' id

	set_port left offload/delay_terminate 40
	touch "$scene/keep"
	keep_offloading >"$scene/keeping" 2>&1 &
	while [ "$ended" -lt 6 ] && [ "$SECONDS" -lt "$end" ]; do
		case $((ended % 3)) in
		0)	id=$(first path 10.88.0.1) ;;
		1)	id=$(first neigh 10.77.0.2) ;;
		2)	id="dev $left_dev" ;;
		esac
		[ -n "$id" ] || continue
		# shellcheck disable=SC2086 # may be two words
		if said=$(at left --timeout 20 terminate $id 2>&1); then
			ended=$((ended + 1))
		elif ! grep -q 'there is no object with this id' <<<"$said"; then
			break
		fi
	done
	rm "$scene/keep"
	wait $!
	let_go terminate
	echo "$ended closures ended; the last said: $said"
	[ "$ended" -eq 6 ] && tree_sound left && in_order left
}
check "a closure ends under a stream of new connections" stream_of_new
rm -f "$scene/keep"
let_go terminate
at left terminate all >/dev/null
check "... and all of it comes back" settled left 0 0 0

# Connections that come and go all the time are offloaded as they come. Asking
# often comes too late; what counts is that many were offloaded.
churn()
{
	local pid server client end=$((SECONDS + 8)) status=0

	history_mark left
	background right "$scene/churn-server.out" "$scene/churn-server.err" \
		"$stream" -s "$SEED" -l 0.0.0.0:6000 -n 0 -r 25000
	server=$pid
	wait_for 10 grep -q listening "$scene/churn-server.out"
	background left "$scene/churn-client.out" "$scene/churn-client.err" \
		"$stream" -s "$SEED" -c 10.88.0.3:6000 -n 8 -C -L 1500 -r 200000
	client=$pid
	while [ "$SECONDS" -lt "$end" ]; do
		at left --no-wait offload dst 10.88.0.3
		random 3
		[ "$random" -eq 0 ] &&
			at left --no-wait terminate "$(first path 10.88.0.3)"
	done
	kill "$client"
	wait "$client" || status=1
	kill "$server"
	wait "$server" || status=1
	cat "$scene"/churn-*
	history_new left | awk '$3 == "conn" && $6 == "offloaded" { n++ }
		END { print n + 0 " offloaded"; exit n < 8 }' &&
		[ "$status" -eq 0 ] && tree_sound left && in_order left
}
check "connections that come and go, offloaded as they come" churn
at left terminate all >/dev/null
settled left 0 0 0 >/dev/null

# ---- completions that come late ------------------------------------------

# late MS: terminate everything under load, completions after so long
late()
{
	local took

	set_port left offload/delay_terminate "$1"
	at left terminate dev "$left_dev" && settled left 0 0 0 || return 1
	took=$(history_new left | awk '$3 == "conn" && $5 == "uploading" {
		if ($11 < least || !least) least = $11 } END {
		print int(least / 1000000) }')
	echo "the quickest took $took ms"
	[ "$took" -ge "$1" ] && in_order left
}
for delay in 0 100 3000; do
	set_port left offload/delay_initiate $((delay / 3))
	check "all is offloaded, in $((delay / 3)) ms" all_offloaded
	check "terminate takes $delay ms" late $delay
	set_port left offload/delay_terminate 0
	check "the streams go on after $delay ms" go_on_all
done
set_port left offload/delay_initiate 0

# The same log, had the connections not come back: in_order() must say no.
notices_disorder()
{
	local log

	log=$(requests left |
		awk '$4 == "terminate" && $5 == "conn" { $3 = "-" } 1')
	requests()
	{
		echo "$log"
	}
	! in_order left
}
check "a log out of order is noticed" notices_disorder

check_equal "no state was lost" 0 "$(counter left lost)"
streams_stop "every octet is right"
scene_fair "the hosts broke no rule"

finish
