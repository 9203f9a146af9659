#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Leaves a process and a network namespace behind.

. "$(dirname "$0")/../lib.sh"
plan 1
ip netns add left-behind
sleep 1000 >/dev/null 2>&1 &
pass "one"
finish
