#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The rung "tree": everything that is judged without running the kernel.
set -u
dir=$(dirname "$0")
status=0
for t in tree words sizes hooks series style after-panic configs; do
	"$dir/$t.sh" || status=1
done
exit $status
