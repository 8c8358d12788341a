#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page filter against the kernel's own word, in every configuration that there is a kernel
# of, dumps of one kernel captured by another, and struct pages that were overwritten. Ends with a
# table: configuration, pages compared, mismatches.
#
# usage: [T=NAME] base/test/filter.sh [KERNEL...]	names below out/; T: only such tests
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
[ $# -gt 0 ] || set -- x86_64 x86_64-filter-distro x86_64-filter-sparse x86_64-filter-nothp \
	x86_64-debug
kernels=$*
status=0
mkdir -p out/check

log_of() { echo "out/check/filter-$1.log"; }

# The same tests for each kernel: its name stands before theirs. All the garbage is for one of
# them, the others get some. A name also stands for those that begin with it.
proof() {
	kernel=$1
	shift
	case $kernel in
	x86_64)	tests=proof ;;
	*-debug) # minutes for each
		tests=$(printf 'proof.%s ' dirtied fresh hotplug balloon garbage-1000 lies-1000) ;;
	*)	tests=$(printf 'proof.%s ' dirtied fresh 4level nokaslr balloon hotplug swap numa \
			guard slub-debug huge cross garbage-1000 garbage-50000 lies-300) ;;
	esac
	[ -z "${T-}" ] || tests=$T
	# shellcheck disable=SC2086 # a list of words
	tools/testing/selftests/kexec/kdump-test filter $tests "$@" --full \
		--kernel "out/$kernel" --work "out/test/$kernel" --slow "${SLOW:-1}" |
		sed -u "s/^\\(ok\\|not ok\\|skip\\) proof/\\1 proof.$kernel/"
}

# Other memory models and other flags: whose capture kernels stand in for all others.
others_of() {
	case $1 in
	x86_64)			echo x86_64-filter-distro x86_64-filter-sparse ;;
	x86_64-filter-distro)	echo x86_64 x86_64-filter-sparse ;;
	x86_64-filter-sparse)	echo x86_64 ;;
	esac
}

# The tests in which every page has to be right, a line each.
table() {
	printf '# %-60s %10s %10s\n' configuration pages mismatches
	for kernel in $kernels; do
		sed -n 's/^ok proof\.\([^ ]*\) ([0-9.]*) \([0-9]*\) pages, \([0-9]*\) mismatches.*/\1 \2 \3/p' \
			"$(log_of "$kernel")"
	done | grep -vE '[.](garbage|lies)-' |
		awk '{ printf "# %-60s %10d %10d\n", $1, $2, $3; p += $2; m += $3 }
		     END { printf "# %-60s %10d %10d\n", NR " machines", p, m }'
}

# Those whose struct pages were overwritten: each has to be captured, none may hang.
garbage() {
	for kernel in $kernels; do
		grep -hE '^(not )?ok proof[^ ]*[.](garbage|lies)-' "$(log_of "$kernel")"
	done | awk '/^ok/ { ok++ } END {
		printf "# struct pages overwritten: %d runs, %d captured, %d hung or failed\n",
		       NR, ok, NR - ok }'
}

for kernel in $kernels; do
	set --
	for other in $(others_of "$kernel"); do
		[ -f "out/$other/bzImage" ] && set -- "$@" --other "out/$other"
	done
	log=$(log_of "$kernel")
	proof "$kernel" "$@" 2>&1 | tee "$log"
	grep -q '^ok ' "$log" && ! grep -q '^not ok ' "$log" || status=1
done
table
garbage
exit $status
