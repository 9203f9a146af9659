#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel complains, though without a WARN that would end the machine.

. "$(dirname "$0")/../lib.sh"
plan 1
echo "BUG: made up by the harness's own test" >/dev/kmsg
pass "one"
finish
