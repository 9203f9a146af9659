# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What counts as a complaint of the kernel; for the runner in the machine, which reads
# dmesg, and for the one outside, which reads the console.

kernel_trouble='WARNING: |BUG:|Oops|kernel BUG at|general protection fault|'
kernel_trouble+='Kernel panic|rcu:.*stall|soft lockup|hard LOCKUP|'
kernel_trouble+='blocked for more than|refcount_t|UBSAN|KASAN|KFENCE|KCSAN|'
kernel_trouble+='unregister_netdevice: waiting|possible recursive locking|'
kernel_trouble+='circular locking|inconsistent lock state|suspicious RCU|'
kernel_trouble+='scheduling while atomic|sleeping function called|ODEBUG|DEBUG_LOCKS|'
kernel_trouble+='page allocation failure|Out of memory|segfault|Call Trace'

# The kernel's own code has data races, and its maintainers know them: of a report of
# one only the title is left out, and only if no frame of either side is of ours.
# shellcheck disable=SC2016 # it is awk's
our_races='
function finish() {
	if (title != "" && ours)
		print title
	printf "%s", rest
	title = rest = ""
	ours = 0
}
/BUG: KCSAN: / { finish(); title = $0; ours = / \[chim[a-z]*\]/; next }
title == "" { print; next }
/ \[chim[a-z]*\]/ { ours = 1 }
{ rest = rest $0 "\n" }
/={60}/ { finish() }
END { finish() }'

# complaints LINES: of the log in stdin, those lines, with so many after each
complaints()
{
	LC_ALL=C awk "$our_races" | LC_ALL=C grep -aE -A "$1" -- "$kernel_trouble"
}
