#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The ppc64 port in virtual machines: KUnit, dumps against the machine's real memory by both
# system calls and with both MMUs, registers, the page filter, some cells of the crash matrix, a
# CPU that comes later, a damaged image. "full" runs the whole matrix, all that comes and goes,
# other CPUs and the older interrupt controller, all that may be wrong with an image, a machine
# without a hypervisor; the same with pages of 4 KiB; and a big-endian kernel.
#
# usage: base/test/ppc64.sh [full]
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"

status=0
# kdump_test KERNEL COMMAND [OPTION...]: each test's name gets its kernel's before it
kdump_test() {
	kernel=$1 log=$out/check/$1.$2.log
	shift
	"$top/tools/testing/selftests/kexec/kdump-test" "$@" --kernel "$out/$kernel" \
		--kbuild "$tree/build-$kernel" --work "$out/test-$kernel" \
		--slow "${SLOW:-1}" 2>&1 | tee "$log" |
		sed -u "s/^\\(ok\\|not ok\\|skip\\) /\\1 $kernel./"
	grep -q '^ok ' "$log" && ! grep -q '^not ok ' "$log" || status=1
}

mkdir -p "$out/check"
if [ "${1-}" != full ]; then
	kdump_test ppc64le port
	exit $status
fi
kdump_test ppc64le qemu --full
kdump_test ppc64le filter T=proof --full
kdump_test ppc64le pseries --full
kdump_test ppc64le file
kdump_test ppc64le powernv
kdump_test ppc64le-4k port
kdump_test ppc64le-4k pseries T=power8 --full
kdump_test ppc64le-4k powernv
kdump_test ppc64 alone
exit $status
