#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory is short: of what is allocated on behalf of chimney.ko, by whomever it calls,
# 1, 5, 10 and then 100 of 100 fail (the kernel's failslab). What cannot be offloaded
# stays in the host, and goes on there; requests fail with a reason. What is
# offloaded comes back whatever happens: terminating needs no memory. Octets are
# verified throughout.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/lib/scene.sh
. "$selftests/lib/scene.sh"

failslab=/sys/kernel/debug/failslab
[ -d "$failslab" ] || skip_all "this kernel has no failslab"
plan 23
scene_build

fail_knob()
{
	echo "$2" >"$failslab/$1"
}

# What has chimney.ko on its stack, the interrupts that come in between as well
aim()
{
	local start size

	size=$(awk '$1 == "chimney" { print $2 }' /proc/modules)
	start=$(awk '$1 == "chimney" { print $6 }' /proc/modules)
	fail_knob require-start "$start"
	fail_knob require-end "$(printf '0x%x' $((start + size)))"
	fail_knob stacktrace-depth 32
	fail_knob task-filter N
	fail_knob ignore-gfp-wait N
	fail_knob cache-filter N
	fail_knob verbose 0
	fail_knob interval 1
	fail_knob space 0
}

# short PERCENT: from now on so many of a hundred fail
short()
{
	fail_knob times -1
	fail_knob probability "$1"
}
at_exit fail_knob probability 0
aim

# What is said where memory is short: of the whole, or of its answer
told='memory|not complete|No buffer space'

# How often something was refused for want of memory: by the tool, by status
refused=0
offload_some()
{
	at left offload all >"$scene/said" 2>&1 || refused=$((refused + 1))
	grep -qiE "$told|[0-9]+ offloaded" "$scene/said"
}

terminate_all()
{
	local i

	# The request may be refused, or its answer: those are messages.
	for ((i = 0; i < 100; i++)); do
		! at left terminate all >"$scene/said" 2>&1 || return 0
		grep -qiE "$told" "$scene/said" || break
	done
	cat "$scene/said"
	return 1
}

rounds()
{
	local i went=0

	refused=0
	for ((i = 0; i < 12; i++)); do
		offload_some || { cat "$scene/said"; return 1; }
		[ "$(get_port left offload/conns)" = 0 ] || went=$((went + 1))
		terminate_all || return 1
		settled left 0 0 0 || return 1
	done
	echo "$went of 12 times some were offloaded, $refused times not all"
	short_rounds=$refused
}

streams_start -n 8 -u mixed -r 100000
for percent in 1 5 10; do
	short $percent
	check_here "$percent in 100: offloaded or not, all come back" rounds
	short 0
	check "$percent in 100: the streams go on" go_on 30 client server
	check_equal "$percent in 100: no state was lost" 0 "$(counter left lost)"
done
check "10 in 100: some were refused" test "$short_rounds" -gt 0

# Whatever ends an offload: with nothing to be had at all
offloaded()
{
	at left offload all >/dev/null 2>&1
	[ "$(get_port left offload/conns)" = 8 ]
}

# without_memory COMMAND...: while every allocation fails
without_memory()
{
	local status

	short 100
	"$@"
	status=$?
	settled left 0 0 0 || status=1
	short 0
	return "$status"
}

check "link down: offloaded" wait_for 10 offloaded
check "link down: all come back without memory" without_memory set_port left link down
set_port left link up
check "link down: the streams go on" go_on 30 client server
check "pause: offloaded" wait_for 10 offloaded
check "pause: all come back without memory" without_memory set_port left offload/pause 1
set_port left offload/pause 0
check "pause: the streams go on" go_on 30 client server
check "target's request: offloaded" wait_for 10 offloaded
check "target's request: all come back without memory" without_memory \
	set_port left offload/upload_all 1
set_port left offload/offload_resume 1
check "target's request: the streams go on" go_on 30 client server

streams_stop "every octet is right"
check_equal "no state was lost" 0 "$(counter left lost)"
check "the tree is sound" tree_sound left
scene_fair "the hosts broke no rule"
finish
