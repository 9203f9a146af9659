#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Never ends, and does not heed a signal.
# Time limit: 3 s

. "$(dirname "$0")/../lib.sh"
plan 2
pass "one"
trap '' TERM
while :; do
	sleep 1
done
