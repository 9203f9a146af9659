#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the peer sees of connections that change hands: from every segment on the
# wire, no octet is left out, and acknowledgements, the right edges of windows and
# timestamps never go backwards. Of several users and sizes of writes, readers that
# stall, with both ends moving at random; and of the same without a hand-over, so
# that what the stack does by itself is known. What is known of the path goes along:
# the congestion window and the round trip time, there and back.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"
# shellcheck source=selftests/lib/hands.sh
. "$selftests/lib/hands.sh"

plan 13
watch=$(program watch)
scene_build

watch_begin()
{
	background right "$scene/watch" "$scene/watch.err" "$watch" "$right_dev"
	watcher=$pid
	wait_for 10 grep -q watching "$scene/watch"
}

# watch_ends NAME: one case
watch_ends()
{
	kill "$watcher"
	if wait "$watcher"; then
		pass "$1"
	else
		fail "$1" "$(cat "$scene/watch" "$scene/watch.err")"
	fi
	note "$(tail -n 1 "$scene/watch")"
}

timeouts()
{
	local side

	for side in left right; do
		"$side" nstat -asz TcpExtTCPTimeouts
	done | awk '$1 == "TcpExtTCPTimeouts" { n += $2 } END { print n + 0 }'
}

moved()
{
	local side pids=() status=0

	for side in left right; do
		background "$side" "$scene/mover-$side" "$scene/mover-$side.err" \
			"$(program mover)" -n "$1" -r 20 -s "$SEED" -p 40 -t 120000 \
			"$(dev_of "$side")"
		pids+=("$pid")
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	tail -qn 1 "$scene"/mover-{left,right}
	return "$status"
}

# watched NAME PAIRS OPTION...: the streams have these options
watched()
{
	local before

	watch_begin
	streams_start -u mixed -m mixed "${@:3}"
	before=$(timeouts)
	if [ "$2" -gt 0 ]; then
		check "$1: connections move" moved "$2"
	else
		nap 6
	fi
	note "$1: $(($(timeouts) - before)) timeouts of retransmission"
	at left terminate all >/dev/null
	at right terminate all >/dev/null
	streams_stop "$1: every octet is right"
	watch_ends "$1: nothing goes backwards"
}

# ---- what is known of the path -------------------------------------------

# Both print: congestion window, round trip time and its variation (us), MSS
host_knows()
{
	left ss -tinHO "dport = 7000" | awk '{
		for (i = 1; i <= NF; i++) {
			split($i, part, ":")
			if (part[1] == "rtt") { split(part[2], rtt, "/"); r = rtt[1] * 1000; v = rtt[2] * 1000 }
			if (part[1] == "cwnd") c = part[2]
			if (part[1] == "mss") m = part[2]
		}
		print c, int(r + 0.5), int(v + 0.5), m }'
}

nic_knows()
{
	local id

	id=$(ids left conn)
	at left -j query "$id" | "$rows" cwnd srtt_us rttvar_us mss
}

knows()
{
	local i

	hands_open || return 1
	for i in 1 2 3 4 5 6; do
		octets_pass || return 1
	done
	host_before=$(host_knows)
	offload || return 1
	nic_before=$(nic_knows)
	for i in 1 2 3 4 5 6; do
		octets_pass || return 1
	done
	nic_after=$(nic_knows)
	at left terminate all >/dev/null
	settled left 0 0 0 || return 1
	host_after=$(host_knows)
}
check_here "a connection goes there and back" knows
check_equal "the NIC knows what the host knew" "$host_before" "$nic_before"
check_equal "and the host what the NIC knew" "$nic_after" "$host_after"
hands_close

# ---- what is on the wire -------------------------------------------------

watched "in the host" 0 -n 4 -r 150000
watched "one" 60 -n 1 -r 400000
watched "several" 120 -n 4 -r 150000
check_equal "no state was lost" 0 "$(counter left lost)"
scene_fair "the hosts broke no rule"
finish
