#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The composed tree and the kernel, as a rung: what everything after it stands on.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"

check tree/compose make -C "$top" tree
check kernel/x86_64 make -C "$top" kernel ARCH=x86_64
finish
