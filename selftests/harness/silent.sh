#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Reports nothing at all.

exit 0
