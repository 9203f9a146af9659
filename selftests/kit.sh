#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The conformance kit itself (conform.sh): the null target and the simulated NIC
# keep the rules, and the kit says which rule is broken by a target that breaks
# one, whatever it is. In the short run a sample of the ways to break one, another
# one with each seed.
#
# Time limit: 400 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

faults=/sys/kernel/debug/chimnull/chimnull0/faults
sim_faults=$(probe left)/faults
said=$scene/said

# kit WORDS...: the kit, with this environment
kit()
{
	env CHIMNEY_TOOL="$chim" ROUNDS=4 "$@" >"$said" 2>&1
}

# has_passed SKIPPED: all its cases but so many
has_passed()
{
	[ "$(grep -c '^ok' "$said") $(grep -c SKIP "$said")" = "18 $1" ] || {
		cat "$said"
		return 1
	}
}

on_null()
{
	kit TARGET=chimnull0 "$@" "$selftests/conform.sh"
}

on_sim()
{
	kit TARGET=$left_dev PEER=$right_addr:7000 PEER_NETNS=$right_ns "$@" \
		ip netns exec "$left_ns" "$selftests/conform.sh"
}

# null_anew: nothing of it is as it was
null_anew()
{
	local module

	[ ! -d /sys/module/chimnull ] || wait_for 20 rmmod chimnull || return 1
	module=$(module_file chimnull)
	if [ -n "$module" ]; then
		insmod "$module" max_conns=16
	else
		modprobe chimnull max_conns=16
	fi && ip link set chimnull0 up && wait_value 10 "" \
		cat /sys/class/net/chimnull0/chimney/closed || return 1
	chim set dev chimnull0 initiate-ms 300ms terminate-ms 300ms \
		update-ms 300ms
}

# noticed KNOB VALUE WORDS: on the null target
noticed()
{
	null_anew || return 1
	echo "$2" >"$faults/$1" || return 1
	! on_null STOP=1 || {
		echo "the kit noticed nothing"
		cat "$said"
		return 1
	}
	blamed "$3"
}

blamed()
{
	grep -q '^not ok' "$said" && grep -q "$1" "$said" || {
		echo "not said: $1"
		cat "$said"
		return 1
	}
}

sim_noticed()
{
	local status=0 off=0

	[ "$1" != corrupt ] || off=none
	echo "$2" >"$sim_faults/$1" || return 1
	! on_sim STOP=1 || {
		echo "the kit noticed nothing"
		status=1
	}
	echo "$off" >"$sim_faults/$1" || status=1
	blamed "$3" && return "$status"
}

table=(
	"complete_twice|1|bad-completion"
	"complete_wrong|1|bad-handle"
	"complete_stale|1|bad-completion"
	"fail_initiate|failure|not .* in the tree"
	"fail_terminate|failure|lost"
	"fail_query|failure|op-failed"
	"hang_initiate|1|overdue"
	"hang_terminate|1|overdue"
	"hang_query|1|overdue"
	"corrupt|rcv_nxt_ahead|bad-state"
	"corrupt|snd_una_ahead|bad-state"
	"vanish|1|overdue"
)
sim_table=(
	"reorder_received|3|bad-data"
	"ack_beyond|1|bad-ack"
	"corrupt|cwnd_zero|bad-state"
)
if [ -z "${CHIMNEY_LONG:-}" ]; then
	RANDOM=$((SEED % 32768))
	table=("${table[RANDOM % 3]}" "${table[3 + RANDOM % 3]}"
	       "${table[6 + RANDOM % 3]}" "${table[9 + RANDOM % 3]}")
	sim_table=("${sim_table[RANDOM % 3]}")
fi

plan $((${#table[@]} + ${#sim_table[@]} + 4))

load_modules chimney
at_exit unload_modules chimnull
null_anew || give_up "no null target"
on_null UNLOAD=chimnull
# The others need a wire.
check "the null target keeps the rules" has_passed 7
# shellcheck disable=SC2016 # eval expands it
check "the kit knows when there is no target" eval \
	'kit TARGET=lo "$selftests/conform.sh"; blamed "lo is no offload target"'

for line in "${table[@]}"; do
	IFS='|' read -r knob value words <<<"$line"
	check "the kit notices: $knob $value" noticed "$knob" "$value" "$words"
done
check "the null target goes" wait_for 20 rmmod chimnull

scene_build
for line in "${sim_table[@]}"; do
	IFS='|' read -r knob value words <<<"$line"
	check "the kit notices, on the wire: $knob $value" \
		sim_noticed "$knob" "$value" "$words"
done
on_sim UNLOAD=chimsim
# The other one needs connections made up.
check "the simulated NIC keeps the rules" has_passed 1

finish
