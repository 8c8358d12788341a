#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page filter against the kernel's own word, in every configuration that there is a kernel
# of, and a dump of one kernel captured by another.
#
# usage: base/test/filter.sh [KERNEL...]	names below out/
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
[ $# -gt 0 ] || set -- x86_64 x86_64-filter-distro x86_64-filter-sparse x86_64-filter-nothp \
	x86_64-debug
distro=out/x86_64-filter-distro
status=0

# The same tests for each kernel: its name stands before theirs.
proof() {
	name=$1
	shift
	tools/testing/selftests/kexec/kdump-test filter T=proof "$@" --full \
		--work "out/test/$name" --slow "${SLOW:-1}" | sed "s/^\\(ok\\|not ok\\|skip\\) proof/\\1 proof.$name/"
}

for kernel in "$@"; do
	case $kernel in
	x86_64)			set -- --other "$distro" ;;
	x86_64-filter-distro)	set -- --other out/x86_64 ;;
	*)			set -- ;;
	esac
	proof "$kernel" --kernel "out/$kernel" "$@" >"out/check/filter-$kernel.log" 2>&1
	cat "out/check/filter-$kernel.log"
	grep -q '^ok ' "out/check/filter-$kernel.log" &&
		! grep -q '^not ok ' "out/check/filter-$kernel.log" || status=1
done
exit $status
