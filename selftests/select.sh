#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which connections of real programs a request is about: named by addresses, of
# a process, like a filter, all of a device; over the tool and over sysfs; and
# what is said of those that are not there or may not be offloaded.
#
# Time limit: 240 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 30
scene_build
sys=/sys/class/net/$left_dev/chimney

# A server that keeps what it gets, and a program with three connections that
# says something over each when it is told to; idle until then.
ip netns exec $right_ns socat -u TCP-LISTEN:5000,fork,reuseaddr \
	"OPEN:$scene/sink,creat,append" &
at_exit stop_process $!
wait_for 10 right bash -c 'ss -Htln sport = :5000 | grep -q .'
mkfifo "$scene/speak" "$scene/end"
exec {speak}<>"$scene/speak" {end}<>"$scene/end"
# shellcheck disable=SC2016 # for the program
ip netns exec $left_ns bash -c '
	exec 3<>/dev/tcp/$1/5000 4<>/dev/tcp/$1/5000 5<>/dev/tcp/$1/5000
	read -r _ <"$2/speak"
	for fd in 3 4 5; do
		echo "over $fd" >&$fd
	done
	read -r _ <"$2/end"' program $right_addr "$scene" &
program=$!
at_exit stop_process $program
connections()
{
	left ss -Htn dport = :5000 | wc -l
}
wait_value 10 3 connections || give_up "there are no connections"

# Moves connections on the left, and says how many and with what exit status.
move()
{
	local status

	at left -j "$@" >"$scene/results"
	status=$?
	echo "$(jq -r 'map(select(.type == "conn")) | "\(length) \(map(.result) | unique | join(" "))"' \
		<"$scene/results") $status"
}
conns()
{
	left cat $sys/conns
}

mapfile -t tuples < <(left ss -Htn dport = :5000 | awk '{ print $(NF - 1), $NF }')
check_equal "there are three connections" 3 "${#tuples[@]}"

check_equal "offload: a filter by the peer's port" "3 offloaded 0" "$(move offload dport :5000)"
check_equal "terminate: a filter by the peer's address" "3 uploaded 0" \
	"$(move terminate dst $right_addr)"
# shellcheck disable=SC2086 # two words
check_equal "offload: by addresses" "1 offloaded 0" "$(move offload ${tuples[1]})"

# What the tool says of it, and what ss does
at left -j show >"$scene/tree"
cookie=$(jq -r '.[0].tree[0].paths[0].conns[0].cookie' <"$scene/tree")
check_equal "show: its cookie is the one of ss" "$(printf 'sk:%x' "$cookie")" \
	"$(left ss -Htne src "${tuples[1]% *}" | grep -o 'sk:[0-9a-f]*')"
check_equal "show: the neighbor's hardware address" \
	"$(right cat /sys/class/net/$right_dev/address)" \
	"$(jq -r '.[0].tree[0].lladdr' <"$scene/tree")"
check "ss says that it is offloaded" grep -q 'tcp-ulp-chimney' \
	<(left ss -Htni src "${tuples[1]% *}")

# shellcheck disable=SC2086 # two words
check_equal "offload: what is offloaded" "1 failed 1" "$(move offload ${tuples[1]})"
check "it says why" grep -q 'offloaded already' "$scene/results"
# shellcheck disable=SC2086 # two words
check_equal "terminate: by addresses" "1 uploaded 0" "$(move terminate ${tuples[1]})"

check_equal "offload: of a process" "3 offloaded 0" "$(move offload pid $program)"
check_equal "terminate: of a process" "3 uploaded 0" "$(move terminate pid $program)"
check_fails "terminate: of a process, when none is offloaded" 1 \
	"no connection of process $program is offloaded" \
	at left terminate pid $program
# shellcheck disable=SC2086 # two words
move offload ${tuples[1]} >/dev/null
check_equal "terminate: of a process, those that are" "1 uploaded 0" \
	"$(move terminate pid $program)"
ip netns exec $left_ns sleep 1000 &
at_exit stop_process $!
sleeper=$!
wait_for 10 grep -q '^sleep$' /proc/$sleeper/comm	# has reached its namespace
check_fails "a process without connections" 1 'has no established TCP connection' \
	at left offload pid $sleeper
check_fails "a process in another network namespace" 1 \
	"nsenter -t $program -n chimney" chim offload pid $program
check_fails "no process" 1 'there is none' at left offload pid 4194303

# A connection that leads nowhere else: not of a target
ip netns exec $left_ns socat -u TCP-LISTEN:7000,reuseaddr OPEN:/dev/null &
at_exit stop_process $!
wait_for 10 left bash -c 'ss -Htln sport = :7000 | grep -q .'
# shellcheck disable=SC2016 # for the program
ip netns exec $left_ns bash -c 'exec 3<>/dev/tcp/127.0.0.1/7000
	read -r _ <"$1/end"' program "$scene" &
at_exit stop_process $!
wait_for 10 left bash -c 'ss -Htn dport = :7000 | grep -q .'
loop=$(left ss -Htn dport = :7000 | awk '{ print $(NF - 1), $NF }')

check_equal "offload: all of a device is not the loopback's" "3 offloaded 0" \
	"$(move offload dev $left_dev)"
check_equal "terminate: all of a device" "3 uploaded 0" "$(move terminate dev $left_dev)"
# shellcheck disable=SC2086 # two words
check_fails "offload: the loopback's by name is refused" 1 \
	'refused: its route is not to another host' at left offload $loop
check_fails "offload: a filter that fits none of a target's" 1 \
	'No established TCP connection is like that' at left offload dport 7000
# shellcheck disable=SC2086 # two words
check_fails "offload: one of two is not there" 1 \
	'1.2.3.4:5 6.7.8.9:10: there is no such established TCP connection' \
	at left offload ${tuples[0]} 1.2.3.4:5 6.7.8.9:10
check_equal "so the other one was not offloaded" 0 "$(conns)"

# The same by sysfs
left bash -c "echo '${tuples[2]}' >$sys/offload"
check "sysfs: offload by addresses" wait_value 10 1 conns
left bash -c "echo all >$sys/offload"
check "sysfs: offload all" wait_value 10 3 conns
check_fails "sysfs: the loopback's is refused" 1 'Operation not supported' \
	left bash -c "echo '$loop' >$sys/offload"

# What they are for: octets go over them while they are offloaded.
echo >&"$speak"
sink()
{
	sort "$scene/sink" | paste -sd ,
}
check "octets arrive" wait_value 10 "over 3,over 4,over 5" sink
check_equal "the tool counts them" "7 7 7" "$(at left -j show |
	jq -r '[.. | objects | select(.type? == "conn").tx_octets] | join(" ")')"
at left terminate all >/dev/null
check "terminate all" wait_value 10 0 conns
check_equal "nothing is wrong with the tree" 0 "$(at left -j check | jq '.[0].faults')"
echo >&"$end"
echo >&"$end"

finish
