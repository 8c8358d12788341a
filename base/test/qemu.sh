#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What runs in virtual machines, beside KUnit: the system calls, dumps against the machine's
# real memory, the crash matrix. Arguments go to the test program (T=NAME).
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"

status=0
for area in abi truth qemu; do
	"$top/tools/testing/selftests/kexec/kdump-test" $area "$@" \
		--kernel "$out/x86_64" --kbuild "$tree/build-x86_64" || status=1
done
exit $status
