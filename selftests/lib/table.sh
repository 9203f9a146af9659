# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what scene.sh sets
#
# A line for each program: what was on the wire, how often its connections were
# handed over, and how much of it the engines carried. For scripts that read scene.sh.

# handed_over: how often connections went to a NIC until now
handed_over()
{
	echo $(($(sys left initiated/ok) + $(sys right initiated/ok)))
}

table_begin()
{
	table_octets=$(port_octets)
	table_moves=$(handed_over)
}

# table_row NAME RESULT: sets $moves
table_row()
{
	local engine wire

	moves=$(($(handed_over) - table_moves))
	engines_octets "$table_octets" "$(port_octets)"
	echo "$1 | $((wire / 2)) octets | $moves hand-overs | $((engine * 100 / (wire + 1))) % by the engines | $2" \
		>>"$scene/table"
}

table_show()
{
	local row

	while read -r row; do
		note "table: $row"
	done <"$scene/table"
}
