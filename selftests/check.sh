#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tree's checker: every way in which a tree can be wrong is noticed, with
# the object's id and what is wrong with it, as text and as JSON, and by the
# exit status; a tree that is right again has no faults. On a null target whose
# tree can be spoiled, with connections that are made up.
#
# Time limit: 120 s

. "$(dirname "$0")/lib.sh"

have_module chimspoil || skip_all "chimspoil is built for the virtual machine alone"
plan 38
export LC_ALL=C
tmp=$(mktemp -d)
at_exit rm -rf "$tmp"
load_modules chimney chimspoil
dev=chimnull0
knob=/sys/module/chimspoil/parameters/spoil
ip link set $dev up || give_up "no $dev"
wait_value 10 "" cat /sys/class/net/$dev/chimney/closed ||
	give_up "$dev takes no offloads"

# spoil WHAT ID [ARG]; spoil undo
spoil()
{
	echo "$*" >$knob
}
at_exit spoil undo

# Two neighbors: one with two connections over one path, one with one.
chim offload 10.0.0.1:22 10.0.0.2:1001 10.0.0.1:22 10.0.0.2:1002 \
	dev $dev nexthop 10.0.0.2 >/dev/null || give_up "nothing is offloaded"
chim offload 10.0.0.1:22 10.0.0.3:1003 dev $dev nexthop 10.0.0.3 >/dev/null ||
	give_up "nothing is offloaded"
ids()
{
	chim -j show dev $dev | jq -r '.[0].tree | sort_by(.nexthop)[] | .id,
		(.paths[] | .id, (.conns | sort_by(.dport)[] | .id))'
}
mapfile -t id < <(ids)
[ ${#id[@]} -eq 7 ] || give_up "not the tree that was asked for: ${id[*]}"
neigh1=${id[0]} path1=${id[1]} conn1=${id[2]} conn2=${id[3]}
neigh2=${id[4]} path2=${id[5]} conn3=${id[6]}

# The words of module/tree.c
parent_of_neigh="a neighbor depends on something"
no_parent="linked without a parent"
parent_left="its parent has left the tree"
wrong_layer="its parent is of the wrong layer"
too_early="its parent is being terminated before it"
parent_away="offloaded over a parent that is not"
not_linked="in the tree but not linked"
no_index="not in the index"
wrong_parent="listed with a parent that is not its own"
wrong_count="its count is not the number of its dependents"
conn_used="a connection with dependents"
used="being terminated with dependents"
idle="offloaded though nothing depends on it"
not_flying="its state is not that of the operation in flight"
unasked="something is wanted of it, or not, and the list says otherwise"
waits="waits where it should not, or not where it should"
# enum chimney_state
inhost=0 uploading=3

right()
{
	local output

	output=$(chim check dev "$dev") || {
		echo "exit status $?: $output"
		return 1
	}
	[ "$output" = "$dev: 7 objects, 0 faults" ] || {
		echo "$output"
		return 1
	}
}

# faults_are OBJECTS FAULT...: just these, each being "ID: WHAT"
faults_are()
{
	local objects=$1 n status

	shift
	n=$#
	chim check dev "$dev" >"$tmp/text"
	status=$?
	[ "$n" -eq 1 ] && n="1 fault" || n="$n faults"
	[ "$status" -eq 1 ] || echo "exit status $status"
	diff <(echo "$dev: $objects objects, $n"; printf '   %s\n' "$@" | sort) \
		<(head -n 1 "$tmp/text"; tail -n +2 "$tmp/text" | sort) || return
	chim -j check dev "$dev" >"$tmp/json" && {
		echo "JSON: exit status 0"
		return 1
	}
	diff <(printf '%s\n' "$#" "$@" | sort) <(jq -r '.[0] |
		.faults, (.fault[] | "\(.id): \(.what)")' "$tmp/json" | sort) &&
	[ "$status" -eq 1 ]
}

# wrong NAME "WHAT ID [ARG]" FAULT...: two cases: spoiled so, the tree has just
# these faults; undone, it has none
objects=7
wrong()
{
	local name=$1

	spoil "$2" || note "cannot spoil: $2"
	check "$name: noticed" faults_are $objects "${@:3}"
	spoil undo || note "cannot undo: $2"
	check "$name: right again" right
}

check "a tree that is right has no faults" right

# ---- neighbors -----------------------------------------------------------

wrong "a neighbor with a parent" "parent $neigh1 $neigh2" \
	"$neigh1: $parent_of_neigh"
wrong "a neighbor that is not linked" "linked $neigh1" \
	"$neigh1: $not_linked" "$path1: $parent_left"
wrong "a neighbor that the target has not" "state $neigh1 $inhost" \
	"$path1: $parent_away"
wrong "a neighbor with no dependents" "list $path2 $neigh1" \
	"$path2: $wrong_parent" "$neigh1: $wrong_count" \
	"$neigh2: $wrong_count" "$neigh2: $idle"

# ---- paths ---------------------------------------------------------------

wrong "a path without a parent" "parent $path1 0" \
	"$path1: $wrong_parent" "$path1: $no_parent"
wrong "a path that is being terminated" "state $path1 $uploading" \
	"$path1: $used" "$path1: $not_flying" "$conn1: $too_early" \
	"$conn2: $too_early"
wrong "a path of which something is wanted unheard" "wanted $path1" \
	"$path1: $unasked"
wrong "a path that counts one too many" "refcount $path1" \
	"$path1: $wrong_count"
wrong "a path in another one's place" "index $path1 $path2" \
	"$path1: $no_index"

# ---- connections ---------------------------------------------------------

wrong "a connection over a neighbor" "parent $conn1 $neigh1" \
	"$conn1: $wrong_parent" "$conn1: $wrong_layer"
wrong "a connection over another path" "parent $conn1 $path2" \
	"$conn1: $wrong_parent"
wrong "a connection that counts a dependent" "refcount $conn3" \
	"$conn3: $wrong_count"
wrong "a connection that is not linked" "linked $conn3" \
	"$conn3: $not_linked"
wrong "a connection that is closing and waits for nothing" "closing $conn2" \
	"$conn2: $waits"
# The one below it is out of the checker's reach, and so the count is wrong.
wrong "a connection with a dependent" "list $conn2 $conn1" \
	"$conn2: $wrong_parent" "$conn1: $wrong_count" "$conn1: $conn_used" \
	"$path1: $wrong_count" "0: the count of connections is wrong"

# ---- counts of the tree --------------------------------------------------

objects=8
wrong "one neighbor too many" "count $neigh1" \
	"0: the count of neighbors is wrong"
wrong "one path too many" "count $path1" "0: the count of paths is wrong"
wrong "one connection too many" "count $conn1" \
	"0: the count of connections is wrong"

check "what was spoiled ends as ever" chim terminate dev $dev

finish
