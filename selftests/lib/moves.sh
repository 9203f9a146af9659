# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what scene.sh sets
#
# Streams whose connections go to the NICs and come back at random moments, at both
# ends at once. For scripts that read scene.sh, and set $pairs to how many pairs of
# offload and terminate there are to be.

# set_wire clean|single|lossy: of its accidents. They strike frames: with
# super-frames there would be few.
set_wire()
{
	local side loss=0 reorder=0 tso=on

	[ "$1" = clean ] || tso=off
	[ "$1" != lossy ] || loss=100 reorder=100
	for side in left right; do
		set_port $side seed "$SEED"
		set_port $side loss $loss
		set_port $side reorder $reorder
		$side ethtool -K "$(dev_of $side)" tso $tso gso $tso \
			>/dev/null 2>&1
	done
}

# movers_run CONNECTIONS: half of the pairs at either end, each at moments of its own,
# and not all at once where there are many connections
movers_run()
{
	SEED=$((SEED + $1 + 10000 * ${try:-1})) \
		move_both $((pairs / 2)) 20 -m $(($1 / 3 + 1)) -t 240000
}

# carried BEFORE AFTER: between these port_octets() the engines had a fair share
# of what was on the wire, though each connection was in the host half of the
# time or more, and nearly always where it takes long to go there
carried()
{
	local engine wire

	engines_octets "$@"
	echo "$engine of $wire octets on the wire were the engines'"
	[ "$wire" -gt 0 ] && [ "$engine" -ge $((wire / (20 * slow))) ]
}

# moves_case WHAT WIRE CONNECTIONS ARGUMENTS...: four cases; the arguments are those of
# the streams
moves_case()
{
	local what=$1 side lost before after try

	set_wire "$2"
	streams_start -n "$3" "${@:4}"
	before=$(port_octets)
	check_here "$what: $pairs pairs" movers_run "$3"
	after=$(port_octets)
	# On a busy machine all may be over before the streams have run much.
	for try in 2 3 4 5; do
		carried "$before" "$after" >/dev/null && break
		movers_run "$3" >/dev/null
		after=$(port_octets)
	done
	for side in left right; do
		note "$side: $(tail -n 1 "$scene/mover-$side")"
	done
	lost=$(($(counter left lost) + $(counter right lost)))
	check_equal "$what: no state is lost" 0 $lost
	streams_stop "$what: every octet is right"
	note "$(carried "$before" "$after")"
	check "$what: the NIC carried octets" carried "$before" "$after"
}
