#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tables in docs/ say of the tests is true: each script and each case
# they name is there, and in a whole run each of these cases ran. Runs last.

. "$(dirname "$0")/lib.sh"

docs=$selftests/../docs
[ -e "$docs/seed.md" ] || skip_all "no docs here"
plan 6

# Scripts: `name.sh`. Cases: `name.sh: case`
# shellcheck disable=SC2016 # backticks of the text
scripts_named()
{
	grep -oh '`[a-z0-9]*\.sh[`:]' "$docs/tests.md" "$docs/seed.md" |
		tr -d '`:' | sort -u
}

# shellcheck disable=SC2016 # backticks of the text
cases_named()
{
	grep -oh '`[a-z0-9]*\.sh: [^`]*`' "$docs"/*.md | tr -d '`' | sort -u
}

scripts_exist()
{
	local script missing=0

	for script in $(scripts_named); do
		[ -x "$selftests/$script" ] || {
			echo "$script is not there"
			missing=1
		}
	done
	return "$missing"
}

# Every script has a place in the table of tests.
scripts_are_told()
{
	local file name missing=0

	for file in "$selftests"/*.sh; do
		name=$(basename "$file")
		case $name in lib.sh | run.sh) continue ;; esac
		grep -q "\`$name\`" "$docs/tests.md" || {
			echo "$name is not in docs/tests.md"
			missing=1
		}
	done
	return "$missing"
}

every_row_has_a_test()
{
	awk -F'|' '/^\| [0-9]+ \|/ {
		rows++
		if ($5 !~ /\.sh: / && $2 != 1) {
			print "row" $2 "has no test"
			bad = 1
		}
		if ($2 != rows) { print "row " rows " is missing"; bad = 1 }
	} END { if (rows != 19) { print rows " rows"; bad = 1 } exit bad }' \
		"$docs/seed.md"
}

# The reports of the scripts that ran before this one; see run.sh
reports=${CHIMNEY_REPORTS:-}

# case_ran "NAME.sh: CASE": it passed, and was not skipped
case_ran()
{
	sed -n 's/^ *ok [0-9]* //p' "$reports/${1%%:*}" 2>/dev/null |
		grep -qxF -- "${1#*: }"
}

cases_ran()
{
	local name missing=0

	while read -r name; do
		[ -e "$reports/${name%%:*}" ] || [ "$1" = whole ] || continue
		case_ran "$name" || {
			echo "did not pass: $name"
			missing=1
		}
	done < <(cases_named)
	return "$missing"
}

# shellcheck disable=SC2016 # backticks of the text
files_named()
{
	local file missing=0

	for file in $(grep -oh '`[a-z-]*/[a-z/-]*\.[chy][a-z]*`' "$docs"/*.md |
			tr -d '`' | sort -u); do
		[ -e "$selftests/../$file" ] ||
			grep -qxF "$file" "$docs/sources" 2>/dev/null || {
			echo "$file is not there"
			missing=1
		}
	done
	return "$missing"
}

check "each script named is there" scripts_exist
check "each script is told of" scripts_are_told
check "each row of the seed table has a test" every_row_has_a_test
check "each file named is there" files_named
if [ -z "$reports" ]; then
	skip "each case named passed" "not started by run.sh"
elif [ -n "${TESTS:-}" ]; then
	check "each case named passed, of the scripts that ran" cases_ran part
else
	check "each case named passed" cases_ran whole
fi
name_nothing()
{
	local report name

	# Part of a name that is there is not that name.
	for report in "$reports"/*.sh; do
		name=$(sed -n 's/^ *ok [0-9]* \(.*\)..$/\1/p' "$report" | head -n 1)
		[ -n "$name" ] || continue
		! case_ran "${report##*/}: $name"
		return
	done
}
check "a case that did not run is noticed" name_nothing

finish
