#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tree: what is shared, what is counted, which states there are; and a
# random walk of 10,000 operations on two null targets against a model, the
# invariants checked after each (src/tree). Everything on the null target, with
# connections that are made up: no socket, no wire.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"

operations=6000
[ -z "${CHIMNEY_LONG:-}" ] || operations=200000

plan 2
# One device is not enough; whoever loaded the module may have left it unused.
devices=(/sys/class/net/chimnull*)
[ ${#devices[@]} -ge 2 ] || rmmod chimnull 2>/dev/null
if [ ! -d /sys/module/chimnull ]; then
	load_modules chimney
	module=$(module_file chimnull)
	if [ -n "$module" ]; then
		insmod "$module" devices=2
	else
		modprobe chimnull devices=2
	fi || give_up "cannot load chimnull"
fi
devices=(/sys/class/net/chimnull*)
[ ${#devices[@]} -ge 2 ] || skip_all "chimnull was loaded with one device"
devices=("${devices[@]##*/}")
tree=$(program tree)
for device in "${devices[@]:0:2}"; do
	ip link set "$device" up
	at_exit ip link set "$device" down
done

said=$(mktemp)
at_exit rm -f "$said"

walk()
{
	"$tree" -s "$SEED" "$@" "${devices[0]}" "${devices[1]}"
}

# The walk must notice when the tree is not what the model says ...
does_not_notice()
{
	! walk -n 200 -f 100 >"$said" 2>&1 || return 1
	cat "$said"
	grep -q '^tree: seed [0-9]*, operation [0-9]*: not as in the model: ' "$said"
}
check "the walk notices a model that is wrong" does_not_notice

began=$SECONDS
name="random operations: the tree is the model's after each"
if output=$(walk -n $operations 2>&1); then
	pass "$name"
	note "$output"
else
	fail "$name" "$output"
fi
note "$operations operations took $((SECONDS - began)) s"

finish
