#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts before it have left behind in memory, as the kernel's own leak
# scan (kmemleak) finds it: nothing of ours. That the scan finds what is left is
# shown first, with a module that leaves something.
#
# Time limit: 300 s

. "$(dirname "$0")/lib.sh"

scan=/sys/kernel/debug/kmemleak
[ -e "$scan" ] || skip_all "this kernel has no leak scan"
plan 2

# A scan judges what is old enough, and twice, since what moves is seen late.
leaks()
{
	echo scan >"$scan" && nap 6 && echo scan >"$scan"
	cat "$scan"
}

# ours: of what was found, what a module asked for, and only ours are modules there.
# One that is gone has no names any more, but addresses behind the kernel's.
ours()
{
	leaks | awk '
		/^unreferenced object/ { if (mine) printf "%s", text; text = ""; mine = 0 }
		{ text = text $0 "\n" }
		/\[chim/ || /0xffffffff[a-f]/ { mine = 1 }
		END { if (mine) printf "%s", text }'
}

spoilt()
{
	load_modules chimney chimspoil || return 1
	echo leak >/sys/module/chimspoil/parameters/spoil || return 1
	unload_modules chimspoil chimney
	ours | grep -q 'size 128'
}

left=$(ours)
check_equal "nothing of ours is left" "" "$left"
check "what is left would be found" spoilt
echo clear >"$scan"
finish
