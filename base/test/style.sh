#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# checkpatch --strict on every file of ours and on the hooks; sparse, W=1 and kernel-doc on
# our objects and headers; shellcheck on our scripts. Not a line may come out.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
log=$out/check/style

ours() { cat "$tree/.composed.files"; }
# Not complained of: names that ELF, C and libFuzzer give; a panic() where an entered image came
# back and nothing is left to go on with; what stands in for EXPORT_SYMBOL on the host; a
# __setup, since without a patch at hand checkpatch does not look into the documentation.
checkpatch() {
	(cd "$tree" && xargs perl scripts/checkpatch.pl --no-tree --root="$tree" --strict --terse \
		--no-summary "$@") |
		grep -vE -e 'Avoid CamelCase: <(Elf(32|64)_.*|_Static_assert|_Noreturn|LLVMFuzzer.*)>' \
			-e '^kernel/kexec_reboot.c:.*Do not crash the kernel' \
			-e '^kernel/crash_dump/pure.h:.*EXPORT_SYMBOL' -e '__setup appears un-documented'
}

c_files() {
	ours | grep -E '(\.[chS]|/Makefile|/Kbuild|/Kconfig[^/]*)$' | checkpatch -f
	true
}

hooks() {
	# MAINTAINERS is one of the hooks; a list of paths is no reason to ask for it.
	ls "$top"/base/hooks/*.patch | checkpatch --no-signoff --ignore FILE_PATH_CHANGES
	true
}

spdx() {
	(cd "$top" && git ls-files -co --exclude-standard | while read -r f; do
		case $f in
		COPYING|MAINTAINERS|README.md|*.gitignore|base/*|*/corpus/*|*.list|*.dict) continue ;;
		esac
		[ -f "$f" ] || continue
		head -n 3 "$f" | grep -q SPDX-License-Identifier || echo "$f has no SPDX line"
	done)
}

# objects ARCH FRAGMENT...: in a build directory of its own, whose objects nobody links
objects() {
	for_arch "$1"
	dir=$tree/build-style-$1 objects_log=$log.objects-$1
	shift
	# shellcheck disable=SC2086 # a list of words
	(configure "$dir" $kconfig "$top/base/config/kdump.config" "$@") || return 1
	counted "$out/log/style-prepare" "style: prepare" kmake "$dir" -j$jobs prepare \
		>/dev/null || return 1
	(cd "$dir" && rm -f kernel/kexec_*.o fs/proc/vmcore.o drivers/char/oldmem.o &&
		rm -rf kernel/crash_dump arch/$karch/kexec arch/$karch/purgatory)
	# shellcheck disable=SC2046 # a list of words
	kmake "$dir" -k -j$jobs W=1 C=1 kernel/crash_dump/ arch/$karch/kexec/ arch/$karch/purgatory/ \
		$(ours | sed -n 's|^\(kernel/kexec_.*\)\.c$|\1.o|p; s|^\(fs/proc/.*\)\.c$|\1.o|p
			s|^\(drivers/char/.*\)\.c$|\1.o|p') >"$objects_log" 2>&1
	status=$?
	ours | sed 's|[.]|\\.|g; s|^|^(\\.\\./\|.*/linux/)?|; s|$|:[0-9]+|' >"$log.ours"
	grep -E "$(paste -sd'|' "$log.ours")" "$objects_log"
	grep -E '^make.*(Error|\*\*\*)' "$objects_log"
	ours | sed -n "s|^\(arch/$karch/kexec/.*\)[.]c\$|\1.c|p; s|^\(kernel/kexec_.*[.]c\)\$|\1|p" |
	while read -r f; do
		grep -qE "^  CHECK +([.][.]/)?$f\$" "$objects_log" || echo "sparse did not see $f; see $objects_log"
	done
	return $status
}

headers() {
	(cd "$tree" && ours | grep '^include/.*\.h$' |
		xargs perl scripts/kernel-doc -none -Wall) 2>&1 | grep -v '^$'
	true
}

scripts() {
	(cd "$top" && git ls-files -co --exclude-standard -- '*.sh' .ci/run |
		xargs shellcheck -x -S warning -s sh -e SC1090,SC1091,SC2010,SC2034,SC2046,SC2154 -f gcc)
	true
}

judge style/checkpatch "$log.1" c_files
judge style/checkpatch-hooks "$log.2" hooks
judge style/spdx "$log.3" spdx
judge style/sparse-and-W1 "$log.4" objects x86_64 "$top/base/config/style.config" \
	"$top/base/config/style-x86_64.config"
judge style/sparse-and-W1-ppc64le "$log.7" objects ppc64le "$top/base/config/style.config"
judge style/kernel-doc "$log.5" headers
judge style/shellcheck "$log.6" scripts
finish
