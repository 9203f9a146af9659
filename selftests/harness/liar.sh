#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A case fails, the exit status says otherwise.

. "$(dirname "$0")/../lib.sh"
plan 1
fail "one"
exit 0
