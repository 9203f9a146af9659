#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The control: nothing is wrong here.

. "$(dirname "$0")/../lib.sh"
plan 3
pass "one"
check "two" true
skip "three" "to be counted as skipped"
finish
