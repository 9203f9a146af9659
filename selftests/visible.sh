#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What those see of an offload who know nothing of it: ip neigh, ss, and packet
# taps, which get the frames of the engines as they get the host's.
#
# Time limit: 120 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

plan 12
scene_build
streams_start -n 3 -u mixed -r 200000

neigh_offloaded()
{
	left ip neigh show "$right_addr" | grep -qw offload
}

neigh_in_host()
{
	left ip neigh show "$right_addr" | grep -q lladdr && ! neigh_offloaded
}

# Connections that ss shows as offloaded
marked()
{
	left ss -tinHO | grep -cw chimney
}

# taps SIDE: a tap in that host gets what both ends sent
taps()
{
	local pid from_left from_right

	rm -f "$scene/tap"
	background "$1" "$scene/tap" "$scene/tap.err" tcpdump -Z root -n -c 300 \
		-i "$(dev_of "$1")" "tcp port 5000 and greater 100"
	wait_for 20 grep -q "listening on" "$scene/tap.err" &&
		wait_for 40 process_gone "$pid"
	kill "$pid"
	from_left=$(grep -c "IP $left_addr.* > $right_addr.5000: " "$scene/tap")
	from_right=$(grep -c "IP $right_addr.5000 > $left_addr" "$scene/tap")
	echo "$from_left frames from the left, $from_right from the right"
	tail -n 3 "$scene/tap.err"
	[ "$from_left" -ge 20 ] && [ "$from_right" -ge 20 ]
}

check "before: the neighbor is the host's" neigh_in_host
check_equal "before: ss shows no offload" 0 "$(marked)"
check "before: a tap gets what both hosts sent" taps left

for side in left right; do
	at $side offload dev "$(dev_of $side)" >"$scene/offload" 2>&1
	check "all is offloaded, $side" settled $side 3 1 1
done
check "ip neigh shows that the neighbor is offloaded" neigh_offloaded
check_equal "ss shows that each connection is" 3 "$(marked)"
for side in left right; do
	check "a tap on the $side gets what both engines sent" taps $side
done

at left terminate dev $left_dev >/dev/null
at right terminate dev $right_dev >/dev/null
check "after: the neighbor is the host's" neigh_in_host
check_equal "after: ss shows no offload" 0 "$(marked)"
streams_stop "every octet was right"

finish
