#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Live connections go to the NIC and come back, at random moments, at both ends
# at once, while both ends send and verify octets in both directions: for 1, 16
# and 200 connections, over a clean wire and over one that loses and reorders;
# small and large writes, readers that stall, and users that block, do not
# block, poll, and wait for edges. Mixed users use other calls as well: with vectors,
# from files, by splice, looking first, saying that more will follow, io_uring.
#
# The short run draws sizes and users from the seed; the long run has them all.
#
# Time limit: 900 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

# draw WORD...: sets $drawn to one of them
draw()
{
	random $#
	shift "$random"
	drawn=$1
}

# With a kernel that watches itself each takes long, and it is the watching that counts.
pairs=$((slow > 1 ? 40 : 500))
cases=()
if [ -n "${CHIMNEY_LONG:-}" ]; then
	for wire in clean lossy; do
		for n in 1 16 200; do
			for sizes in small large mixed; do
				for user in block nonblock poll epoll; do
					cases+=("$n $wire $sizes $user")
				done
			done
		done
	done
else
	for n in 1 16 200; do
		cases+=("$n clean mixed mixed" "$n lossy mixed mixed")
	done
	draw 1 16
	case=$drawn
	draw clean lossy
	case+=" $drawn"
	draw small large
	case+=" $drawn"
	draw block nonblock poll epoll
	cases+=("$case $drawn")
fi
plan $((4 * ${#cases[@]} + 2))

mover=$(program mover)
scene_build

# The wire's accidents strike frames: with super-frames there would be few.
set_wire()
{
	local side loss=0 reorder=0 tso=on

	if [ "$1" = lossy ]; then
		loss=100 reorder=100 tso=off
	fi
	for side in left right; do
		set_port $side seed "$SEED"
		set_port $side loss $loss
		set_port $side reorder $reorder
		$side ethtool -K "$(dev_of $side)" tso $tso gso $tso \
			>/dev/null 2>&1
	done
}

# Enough that every connection is busy, little enough for slow emulation
rate()
{
	case $1 in
	1)	echo 600000 ;;
	16)	echo 1000000 ;;
	*)	echo 1000000 ;;
	esac
}

# movers_run NAME CONNECTIONS: half of the pairs at either end, each at moments
# of its own, and not all at once where there are many connections
movers_run()
{
	local side pid pids=() status=0 most=$(($2 / 3 + 1)) n=0

	for side in left right; do
		background $side "$scene/mover-$side" "$scene/mover-$side.err" \
			"$mover" -n $((pairs / 2)) -r 20 -s $((SEED + $2 + n)) \
			-m $most -p 40 -t 240000 "$(dev_of $side)"
		n=$((n + 1))
		pids+=("$pid")
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	return $status
}

# carried BEFORE AFTER: between these port_octets() the engines had a fair share
# of what was on the wire, though each connection was in the host half of the
# time or more
carried()
{
	local before after engine wire

	read -ra before <<<"$1"
	read -ra after <<<"$2"
	engine=$((after[0] - before[0])) wire=$((after[1] - before[1]))
	echo "$engine of $wire octets on the wire were the engines'"
	[ $wire -gt 0 ] && [ $engine -ge $((wire / 20)) ]
}

# one_case CONNECTIONS WIRE SIZES USER
one_case()
{
	local what="$1 connections, $2 wire, $3 writes, $4 users" side lost calls=plain
	local before after

	set_wire "$2"
	[ "$4" != mixed ] || calls=mixed
	streams_start -n "$1" -w "$3" -u "$4" -m $calls -r "$(rate "$1")" -S 700:300
	before=$(port_octets)
	if movers_run "$what" "$1"; then
		pass "$what: $pairs pairs"
	else
		fail "$what: $pairs pairs" "$(cat "$scene"/mover-*)"
	fi
	after=$(port_octets)
	for side in left right; do
		note "$side: $(tail -n 1 "$scene/mover-$side")"
	done
	lost=$(($(counter left lost) + $(counter right lost)))
	check_equal "$what: no state is lost" 0 $lost
	streams_stop "$what: every octet is right"
	note "$(carried "$before" "$after")"
	check "$what: the NIC carried octets" carried "$before" "$after"
}

for case in "${cases[@]}"; do
	# shellcheck disable=SC2086 # words
	one_case $case
done
scene_fair "the hosts broke no rule"
check "nothing is left at the targets" \
	test "$(target_counts left) $(target_counts right)" = "0 0 0 0 0 0"

finish
