#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The simulated NIC's referee notices each rule that is broken, and nothing
# where none is: requests are made up and played to a referee with books of
# its own.

. "$(dirname "$0")/lib.sh"

plan 33

load_modules chimney chimsim
at_exit unload_modules chimsim chimney
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
echo "7 1" >/sys/bus/chimsim/new_device || give_up "no device can be made"

inject=/sys/kernel/debug/chimsim/chimsim7/port0/inject
[ -w "$inject" ] || give_up "there is no $inject"

# play LINE...: each line is one call of the host, on new books
play()
{
	local line

	echo clear >"$inject"
	for line; do
		echo "$line" >"$inject" || return 1
	done
}

# broken: the rules that were broken and how often, in one line
broken()
{
	awk '$2 > 0 { printf "%s%s %d", n++ ? ", " : "", $1, $2 }' "$inject"
}

# case NAME WANTED LINE...: after the lines just the wanted rules are broken
verdict()
{
	local name=$1 wanted=$2

	shift 2
	if play "$@"; then
		check_equal "$name" "$wanted" "$(broken)"
	else
		fail "$name" "a line was not understood"
	fi
}

# A neighbor 1, a path 2 and a connection 3, all there
there=("initiate neigh:1:0 path:2:1 conn:3:2"
	"complete initiate 1 ok" "complete initiate 2 ok"
	"complete initiate 3 ok")

# end TYPE HANDLE: it is given back
ended=()
end()
{
	ended+=("terminate $1:$2" "complete terminate $2 ok")
}
end conn 3
end path 2
end neigh 1

verdict "a life by the rules breaks none" "" "${there[@]}" \
	"send 3 1000 100" "forward 3" "credit 3" "send 3 1100 50" "reset 3" \
	"query conn:3" "complete query 3 ok" \
	"update conn:3:2" "complete update 3 ok" "${ended[@]}"
verdict "what failed to come leaves no dependents" "" \
	"initiate neigh:1:0 path:2:1 conn:3:2" \
	"complete initiate 1 ok" "complete initiate 2 no-path" \
	"complete initiate 3 not-attempted" \
	"terminate neigh:1" "complete terminate 1 ok"
verdict "a path moves to another neighbor" "" "${there[@]}" \
	"initiate neigh:4:0" "complete initiate 4 ok" \
	"update path:2:4" "complete update 2 ok" \
	"terminate neigh:1" "complete terminate 1 ok"

verdict "dependents: a neighbor with a path" "dependents 1" \
	"${there[@]}" "terminate neigh:1"
verdict "dependents: a path with a connection" "dependents 1" \
	"${there[@]}" "terminate path:2"
verdict "dependents: the connection in the same batch" "dependents 1" \
	"${there[@]}" "terminate conn:3 path:2"
verdict "dependents: the connection's terminate not completed" "dependents 1" \
	"${there[@]}" "terminate conn:3" "terminate path:2"
verdict "dependents: a path that moved here" "dependents 1" "${there[@]}" \
	"initiate neigh:4:0" "complete initiate 4 ok" \
	"update path:2:4" "complete update 2 ok" "terminate neigh:4"
verdict "parent: not there" "parent 1" "initiate path:2:1"
verdict "parent: after its dependent in the batch" "parent 1" \
	"initiate path:2:1 neigh:1:0"
verdict "parent: of the wrong layer" "parent 1" "${there[@]}" \
	"initiate conn:4:1"
verdict "parent: on its way back" "parent 1" \
	"initiate neigh:1:0" "complete initiate 1 ok" \
	"terminate neigh:1" "initiate path:2:1"
verdict "parent: still coming in another batch" "parent 1" \
	"initiate neigh:1:0" "initiate path:2:1"
verdict "parent: a path moves to what is no neighbor" "parent 1" \
	"${there[@]}" "update path:2:3"
verdict "in-flight: terminate during initiate" "in-flight 1" \
	"initiate neigh:1:0" "terminate neigh:1"
verdict "in-flight: twice" "in-flight 1" \
	"${there[@]}" "terminate conn:3" "terminate conn:3"
verdict "in-flight: query during terminate" "in-flight 1" \
	"${there[@]}" "terminate conn:3" "query conn:3"
verdict "unknown: a handle that never was" "unknown 2" \
	"terminate conn:9" "send 9 0 1"
verdict "stale: a handle that was given back" "stale 1" \
	"${there[@]}" "${ended[@]}" "terminate neigh:1"
verdict "reused: a handle that was used before" "reused 2" \
	"${there[@]}" "initiate conn:3:2" "${ended[@]}" "initiate neigh:1:0"
verdict "type: a path taken for a connection" "type 2" \
	"${there[@]}" "terminate conn:2" "credit 2"
verdict "after-terminate: each of the four" "after-terminate 4" \
	"${there[@]}" "terminate conn:3" "send 3 1000 1" "forward 3" \
	"credit 3" "reset 3"
verdict "after-terminate: even when it is completed" "after-terminate 1" \
	"${there[@]}" "${ended[@]}" "send 3 1000 1"
verdict "early: before the initiate is completed" "early 1" \
	"initiate neigh:1:0 path:2:1 conn:3:2" "credit 3"
verdict "concurrent: two operations of one connection" "concurrent 1" \
	"${there[@]}" "begin 3" "send 3 1000 1"
verdict "concurrent: a terminate while an operation runs" "concurrent 1" \
	"${there[@]}" "begin 3" "terminate conn:3"
verdict "gap: a send that leaves octets out, or sends them twice" "gap 2" \
	"${there[@]}" "send 3 1000 100" "send 3 1101 1" "send 3 1100 1"
verdict "batch: its count, its operation, its number, nothing in it" \
	"batch 4" "${there[@]}" "query conn:3 n=2" "query path:2 op=terminate" \
	"query path:2 batch=99" "terminate"
verdict "state: queues that do not fit, an MTU that cannot be" "state 2" \
	"initiate neigh:1:0 path:2:1:x conn:3:2:x"
verdict "state: a path between two protocols" "state 1" \
	"initiate neigh:1:0 path:2:1:addresses"
verdict "state: a connection that is not between its path's addresses" "state 1" \
	"initiate neigh:1:0 path:2:1 conn:3:2:addresses"
verdict "reason: a terminate for no reason" "reason 1" \
	"${there[@]}" "terminate conn:3 reason=none"
verdict "stray: a frame with no path under it" "stray 1" \
	"${there[@]}" "stray 3"

echo 7 >/sys/bus/chimsim/del_device
finish
