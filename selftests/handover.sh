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
# shellcheck source=selftests/lib/moves.sh
. "$selftests/lib/moves.sh"

# draw WORD...: sets $drawn to one of them
draw()
{
	random $#
	shift "$random"
	drawn=$1
}

# With a kernel that watches itself each takes long, and it is the watching that counts.
# shellcheck disable=SC2034 # for moves_case
pairs=$((slow > 1 ? 40 : 400))
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

scene_build

# Enough that every connection is busy, little enough for slow emulation
rate()
{
	case $1 in
	1)	echo 600000 ;;
	16)	echo 1000000 ;;
	*)	echo 1000000 ;;
	esac
}

# one_case CONNECTIONS WIRE SIZES USER
one_case()
{
	local what="$1 connections, $2 wire, $3 writes, $4 users" calls=plain

	[ "$4" != mixed ] || calls=mixed
	moves_case "$what" "$2" "$1" -w "$3" -u "$4" -m $calls -r "$(rate "$1")" \
		-S 700:300
}

for case in "${cases[@]}"; do
	# shellcheck disable=SC2086 # words
	one_case $case
done
scene_fair "the hosts broke no rule"
check "nothing is left at the targets" \
	test "$(target_counts left) $(target_counts right)" = "0 0 0 0 0 0"

finish
