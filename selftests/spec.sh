#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is generated from the netlink specification is up to date, by the sums
# that its generator leaves behind; "make check" generates it anew and compares.
# And the kernel answers as the specification says.

. "$(dirname "$0")/lib.sh"

top=$selftests/..
sums=netlink/specs/generated.sha256
plan 5

up_to_date()
{
	(cd "$1" && sha256sum --check --quiet --strict "$sums") || {
		echo "run make spec"
		return 1
	}
}
check "generated files are up to date" up_to_date "$top"
check_equal "six files are looked at" 6 "$(wc -l <"$top/$sums")"

# The check notices a specification that changed, and an edited file.
copy=$(mktemp -d)
at_exit rm -rf "$copy"
notices()
{
	rm -rf "${copy:?}"/*
	while read -r _ file; do
		mkdir -p "$copy/$(dirname "$file")"
		cp "$top/$file" "$copy/$file"
	done <"$top/$sums"
	cp "$top/$sums" "$copy/$sums"
	up_to_date "$copy" >/dev/null || return 1
	echo "# changed" >>"$copy/$1"
	! up_to_date "$copy" >/dev/null 2>&1
}
check "a changed specification is noticed" notices netlink/specs/chimney.yaml
check "an edited file is noticed" notices include/uapi/linux/chimney.h

# Every attribute that the specification has for a target is in an answer, but
# for those that may be absent.
load_modules chimney chimnull
target_members()
{
	awk '/^operations:/ { ops = 1 }
	     ops && /name: target-get/ { get = 1 }
	     get && /reply:/ { reply = 1; next }
	     reply && $1 == "-" { print $2 }
	     reply && /^      dump:/ { exit }' "$top/netlink/specs/chimney.yaml" |
		grep -vE '^(closed|max-)' | tr - _ | sort | paste -sd ' '
}
check_equal "a target has what the specification says" "$(target_members)" \
	"$(chim -j target | jq -r '.[0] | del(.closed) | keys | sort | join(" ")')"

finish
