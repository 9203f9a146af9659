#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Leaves a module in use (the runner is told to look for this one).

. "$(dirname "$0")/../lib.sh"
plan 1
modprobe sch_netem
tc qdisc add dev lo root netem
pass "one"
finish
