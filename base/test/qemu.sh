#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What runs in virtual machines, beside KUnit: the system calls, dumps against the machine's
# real memory, the crash matrix.
#
# usage: base/test/qemu.sh [T=NAME]	only tests whose name holds NAME
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"

only=${1-T=}
kdump_test() {
	"$top/tools/testing/selftests/kexec/kdump-test" "$@" \
		--kernel "$out/x86_64" --kbuild "$tree/build-x86_64" --slow "${SLOW:-1}"
}

status=0 ran=
for area in abi truth file efi hotplug qemu; do
	if [ "$only" != T= ] && [ -z "$(kdump_test $area "$only" --list | grep -v '^#')" ]; then
		continue
	fi
	ran=1
	kdump_test $area "$only" || status=1
done
[ -n "$ran" ] || { not_ok "qemu" "no test has ${only#T=} in its name"; status=1; }
exit $status
