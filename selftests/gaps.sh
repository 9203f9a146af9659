#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Nothing stalls. Connections on which both ends send a little all the time, over a
# clean wire: once they stay in the host, once they go to the NICs and back all the
# time, at both ends. What receivers wait for is measured in both runs, and timeouts
# of retransmission are counted, of hosts and NICs alike: none is caused by a
# hand-over. And for how long a connection is held, on its way there and back, by the
# history of its target. Nor is anybody forgotten who waits in a socket that moves:
# threads, and then processes, that write and read at once.
#
# How long it takes is told, and no fault: the machine may be a slow one. It may also
# stand still as a whole, so that timers run out; such a run is repeated.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 17
conns=4
pairs=$((slow > 1 ? 200 : 1200))
[ -z "${CHIMNEY_LONG:-}" ] || pairs=10000
tries=3
gap=$(program gap)
scene_build
for side in left right; do
	at $side set dev "$(dev_of $side)" max-history 262144
done

# ---- what is measured ---------------------------------------------------------

# timeouts: of retransmission, in both hosts, of whoever's connections
timeouts()
{
	local side

	for side in left right; do
		"$side" nstat -asz TcpExtTCPTimeouts
	done | awk '$1 == "TcpExtTCPTimeouts" { n += $2 } END { print n + 0 }'
}

# spans: of each connection, offloads and terminates; how many nanoseconds they took,
# and since they were asked for: before the first, what comes for it may wait already
spans()
{
	local side

	for side in left right; do
		history_new "$side" | awk '
			$2 != "change" || $3 != "conn" { next }
			$6 == "offloading" || $6 == "uploading" { begun[$4] = $12 }
			$5 == "offloading" && $6 == "offloaded" {
				printf "offload %.0f %.0f\n", $12 - begun[$4], $11
			}
			$5 == "uploading" && $6 == "inhost" {
				printf "terminate %.0f %.0f\n", $12 - begun[$4], $11
			}'
	done
}

# span offload|terminate COLUMN: half, 99 of 100 and all of them are no longer, in ms
span()
{
	awk -v what="$1" -v column="$2" '$1 == what { print $column }' \
		"$scene/spans" | sort -n | awk '
		function part(percent) {
			return value[int((NR * percent + 99) / 100)] / 1e6
		}
		{ value[NR] = $1 }
		END { printf "%.2f/%.2f/%.2f\n", part(50), part(99), part(100) }'
}

# at_ends NAME KEY: the greater one of what both ends report of this
at_ends()
{
	local end value most=0

	for end in server client; do
		value=$(report_value "$1-$end" "$2")
		[ "${value:-0}" -le "$most" ] || most=$value
	done
	echo "$most"
}

# ms US: as people read it
ms()
{
	echo "$(($1 / 1000)).$(($1 % 1000 / 100))"
}

waits()
{
	echo "$(ms "$(at_ends "$1" p50_us)")/$(ms "$(at_ends "$1" p99_us)")/$(ms "$(at_ends "$1" max_us)")"
}

# ---- a run --------------------------------------------------------------------

ticks_start()
{
	background right "$scene/$1-server.out" "$scene/$1-server.err" "$gap" \
		-l "$any_host:6000" -n "$conns" -e 10
	server=$pid
	wait_for 10 grep -q listening "$scene/$1-server.out" || return 1
	background left "$scene/$1-client.out" "$scene/$1-client.err" "$gap" \
		-c "$right_host:6000" -n "$conns" -e 10
	client=$pid
	wait_for 10 grep -q connected "$scene/$1-client.out"
}

ticks_end()
{
	local status=0

	kill "$client"
	wait "$client" || status=1
	wait_for 30 process_gone "$server" || kill "$server"
	wait "$server" || status=1
	cat "$scene/$1"-{client,server}.err
	return "$status"
}

stay()
{
	nap 6
}

move()
{
	move_both $((pairs / 2)) 20
}

# run NAME COMMAND: ticks while the command runs; sets $timeouts to those of this time
run()
{
	local before status=0

	ticks_start "$1" || give_up "nothing ticks: $(cat "$scene/$1"-*.err)"
	before=$(timeouts)
	history_mark left
	history_mark right
	"$2" >"$scene/$1" || status=1
	timeouts=$(($(timeouts) - before))
	ticks_end "$1" >>"$scene/$1" 2>&1 || status=1
	return "$status"
}

# What a timeout takes at least comes to what there is without a hand-over.
short()
{
	local still moved

	still=$(at_ends still p99_us) moved=$(at_ends moved p99_us)
	echo "$moved us, and $still us without a hand-over"
	[ "$moved" -lt $((still + 200000 * slow)) ]
}

# stood_still NAME: what is wrong with the run may be the machine's, since a program that
# waited for nothing but the clock was late as well
stood_still()
{
	[ "$(at_ends "$1" stood)" -gt 0 ] || return 1
	[ "$timeouts" -gt 0 ] || { [ "$1" = moved ] && ! short >/dev/null; }
}

# measured NAME COMMAND: three cases
measured()
{
	local try status

	for ((try = 1; try <= tries; try++)); do
		status=0
		run "$1" "$2" || status=1
		stood_still "$1" || break
		note "$1: the machine stood still for up to $(ms "$(at_ends "$1" late_us)") ms; $timeouts timeouts"
	done
	if [ "$status" -eq 0 ]; then
		pass "$1: every octet is right"
	else
		fail "$1: every octet is right" "$(cat "$scene/$1")"
	fi
	check_equal "$1: no timeout of retransmission" 0 "$timeouts"
	check "$1: both ends have waited, and for as long as there is between ticks" \
		test "$(report_value "$1-server" p50_us)" -ge 5000 \
		-a "$(report_value "$1-client" p50_us)" -ge 5000 \
		-a "$(report_value "$1-client" windows)" -ge 100
	note "$1: waits $(waits "$1") ms (half, 99 %, all), of $(report_value "$1-server" windows) and $(report_value "$1-client" windows) windows; the programs were late by up to $(ms "$(at_ends "$1" late_us)") ms, $(at_ends "$1" stood) times by 100 or more"
}

measured still stay
check "still: nobody has moved" test "$(spans)" = ""
measured moved move
check "in 99 of 100 windows nobody waited for as long as a timeout takes" short
note "$(head -n 2 "$scene/moved" | tr '\n' ' ')"

# ---- what the history tells ------------------------------------------------------

spans >"$scene/spans"
check "the history has each offload" \
	test "$(grep -c offload "$scene/spans")" -ge "$pairs"
check "and each terminate" test "$(grep -c terminate "$scene/spans")" -ge "$pairs"
for side in left right; do
	note "$side: $(at $side stats dev "$(dev_of $side)" |
		grep -E 'on average|half below' | tr -s ' \n' ' ')"
done
note "asked for and done: offload $(span offload 3) ms, terminate $(span terminate 3) ms"
note "held: offload $(span offload 2) ms, terminate $(span terminate 2) ms; longest gap $(ms "$(at_ends still max_us)")/$(ms "$(at_ends moved max_us)") ms"

# ---- many in one socket -------------------------------------------------------------

crowd_start()
{
	background right "$scene/crowd-server.out" "$scene/crowd-server.err" "$gap" \
		-l "$any_host:6001" -w 3 "$@"
	server=$pid
	wait_for 10 grep -q listening "$scene/crowd-server.out" || return 1
	background left "$scene/crowd-client.out" "$scene/crowd-client.err" "$gap" \
		-c "$right_host:6001" -w 3 "$@"
	client=$pid
	wait_for 10 grep -q connected "$scene/crowd-client.out"
}

# crowd_ends: all of it, who waits included, and what one end sent the other received
crowd_ends()
{
	local process status=0

	kill "$client"
	for process in "$client" "$server"; do
		wait_for 60 process_gone "$process" || {
			echo "somebody waits for ever"
			kill -KILL "$process"
		}
		wait "$process" || status=1
	done
	tail -n 1 "$scene"/crowd-*
	[ "$status" -eq 0 ] &&
		[ "$(report_value crowd-client sent)" = "$(report_value crowd-server received)" ] &&
		[ "$(report_value crowd-server sent)" = "$(report_value crowd-client received)" ] &&
		[ "$(report_value crowd-client least)" -gt 0 ] &&
		[ "$(report_value crowd-server least)" -gt 0 ]
}

# crowd WHO [OPTION]: two cases
crowd()
{
	local pairs=$((pairs / 20))

	crowd_start "${@:2}" || give_up "there is no crowd: $(cat "$scene"/crowd-*.err)"
	check "$1 in one socket: it moves" move
	check_here "$1 in one socket: each goes on, and every octet is right" crowd_ends
	note "$1: $(tail -qn 1 "$scene"/crowd-{client,server}.out | tr '\n' ' ')"
}

crowd threads
crowd processes -p

check_equal "no state is lost" "0 0" "$(counter left lost) $(counter right lost)"
check "nothing is left at the targets" \
	test "$(target_counts left) $(target_counts right)" = "0 0 0 0 0 0"
scene_fair "the hosts broke no rule"
finish
