#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A module warns.

. "$(dirname "$0")/../lib.sh"
plan 1
modprobe bite warn=1
pass "one"
finish
