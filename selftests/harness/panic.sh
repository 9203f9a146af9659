#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel panics.

. "$(dirname "$0")/../lib.sh"
plan 1
echo c >/proc/sysrq-trigger
