#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The modules load, in the order of their dependencies, and unload, more than
# once.

. "$(dirname "$0")/lib.sh"

modules=()
for module in chimney chimsim chimnull; do
	have_module "$module" && modules+=("$module")
done
[ ${#modules[@]} -gt 0 ] || skip_all "no module was built"

plan $((2 * ${#modules[@]} + 1))

for module in "${modules[@]}"; do
	load_modules "$module"
	check "$module loads" test -d "/sys/module/$module"
done
for ((i = ${#modules[@]} - 1; i >= 0; i--)); do
	check "${modules[i]} unloads" rmmod "${modules[i]}"
done

again()
{
	local round

	for round in 1 2 3 4 5; do
		load_modules "${modules[@]}"
		unload_modules chimnull chimsim chimney || return 1
	done
	echo "$round rounds"
}
check "they load and unload repeatedly" again

finish
