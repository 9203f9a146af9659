#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One case of two fails.

. "$(dirname "$0")/../lib.sh"
plan 2
pass "one"
check_equal "two" 1 2
finish
