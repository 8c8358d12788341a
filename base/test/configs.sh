#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Configurations: each of our options can be off by itself, and all of them. Our directories and
# their callers are compiled, and every symbol of ours that they take must be there. "full" links
# those, and adds the smallest x86_64 kernel, architectures without a port (arm64, i386, 32-bit
# powerpc and 85xx, with and without VMCOREINFO), what of ppc64 there is without kexec
# (firmware-assisted dump is kept for a later kernel), ppc64 with one option of ours off, and
# options of others that our code depends on.
#
# usage: base/test/configs.sh [full] [T=PATTERN]	the configurations of these names: T=powerpc-*
set -u
full='' pattern=''
for a in "$@"; do
	case $a in
	full)	full=1 ;;
	T=*)	pattern=${a#T=} ;;
	*)	echo "configs.sh: $a is neither full nor T=PATTERN" >&2; exit 2 ;;
	esac
done
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
log=$out/check/configs
mkdir -p "$out/check"

ours="KEXEC CRASH_DUMP PROC_VMCORE PROC_VMCORE_DEVICE_DUMP PROC_KCORE"

# Who calls us, beside our own directories.
callers="kernel/ksysfs.o kernel/panic.o kernel/reboot.o kernel/printk/printk.o lib/dump_stack.o
	init/initramfs.o mm/mm_init.o mm/page_alloc.o drivers/char/mem.o drivers/base/cpu.o
	fs/proc/ arch/x86/kernel/setup.o arch/x86/kernel/setup_percpu.o arch/x86/kernel/e820.o
	arch/x86/kernel/reboot.o arch/x86/kernel/smp.o arch/x86/kernel/dumpstack.o
	arch/x86/kernel/traps.o"
our_symbols='(kexec|kimage|kdump|crash|vmcore|elfcorehdr|oldmem)'

# What of ours the composed kernel/Makefile and drivers/char/Makefile build, and the callers.
objects_of() {
	echo kernel/crash_dump/ arch/x86/kexec/
	for d in kernel drivers/char; do
		printf 'include %s\nobj-y :=\ninclude %s\nall: ; @echo $(filter kexec_%% oldmem%%,$(obj-y))\n' \
			"$1/.config" "$tree/$d/Makefile" |
			make -s -f - all | tr ' ' '\n' | sed -n "s|^.|$d/&|p"
	done
	echo "$callers"
}

compile() {
	# shellcheck disable=SC2046 # a list of words
	kmake "$1" -j$jobs ARCH="$2" $(objects_of "$1") >"$log.$3.build" 2>&1 ||
		grep -E '(error:|\*\*\*)' "$log.$3.build"
	# Without archives: an object that is not built any more may still lie there.
	(cd "$1" && for o in $(objects_of "$1"); do
		case $o in
		*/)	ar t "${o%/}/built-in.a" ;;
		*)	echo "$o" ;;
		esac
	done | sort -u) >"$log.$3.objects"
	(cd "$1" && xargs nm <"$log.$3.objects") >"$log.$3.nm" 2>&1
	awk 'NF > 1 && $(NF - 1) ~ /^[A-TV-Zdtbrw]$/ { print $NF }' "$log.$3.nm" | sort -u >"$log.$3.given"
	awk 'NF > 1 && $(NF - 1) == "U" { print $NF }' "$log.$3.nm" | grep -E "$our_symbols" | sort -u |
		comm -23 - "$log.$3.given" | sed 's/$/ is taken, and nobody gives it/'
}

# build NAME ARCH FRAGMENT_LINES [compile]: link vmlinux, or only compile; options that did
# not come out as asked for, errors and warnings are complaints
build() {
	bd_dir=$tree/build-$2-tiny
	mkdir -p "$bd_dir"
	case $2 in
	arm64)	CROSS_COMPILE=aarch64-linux-gnu- ;;
	powerpc) CROSS_COMPILE=powerpc64-linux-gnu-
		case $1 in
		ppc64le-*) CROSS_COMPILE=powerpc64le-linux-gnu- ;;
		esac ;;
	*)	CROSS_COMPILE= ;;
	esac
	export CROSS_COMPILE
	echo "$3" >"$bd_dir/fragment"
	kmake "$bd_dir" -s ARCH="$2" KCONFIG_ALLCONFIG="$bd_dir/fragment" allnoconfig \
		>"$log.$1.config" 2>&1 || { cat "$log.$1.config"; return 1; }
	grep . "$bd_dir/fragment" | while read -r o; do
		case $o in
		*=n)	grep -q "^${o%=n}=" "$bd_dir/.config" && echo "${o%=n} is on" ;;
		*)	grep -qxF "$o" "$bd_dir/.config" || echo "$o is not granted" ;;
		esac
	done
	case $1 in
	arm64-*|powerpc-*) grep -E '^CONFIG_(KEXEC|CRASH_DUMP|PROC_VMCORE)' "$bd_dir/.config" ;;
	esac
	if [ "${4-}" = compile ]; then
		compile "$bd_dir" "$2" "$1"
	else
		kmake "$bd_dir" -j$jobs ARCH="$2" vmlinux >"$log.$1.build" 2>&1 ||
			grep -E '(error:|undefined reference|\*\*\*)' "$log.$1.build"
	fi
	grep -E 'warning:' "$log.$1.build"
	true
}

try() {
	# shellcheck disable=SC2254 # it is a pattern
	case $1 in
	${pattern:-*}) judge "configs/$1" "$log.$1" build "$@" ;;
	esac
}

on() { for o in $1; do echo "CONFIG_$o=y"; done; }
all="$(on "64BIT PROC_FS SYSFS SMP HOTPLUG_CPU EXPERT PRINTK BLK_DEV_INITRD $ours")"

how=compile
[ -n "$full" ] && how=
try x86_64-with-none x86_64 "$(echo "$all" | grep -vE "_($(echo "$ours" | tr ' ' '|'))=")" $how
try x86_64-all-on x86_64 "$all" $how
for o in $ours; do
	# What depends on an option goes with it.
	case $o in
	KEXEC)		gone="KEXEC CRASH_DUMP PROC_VMCORE PROC_VMCORE_DEVICE_DUMP" ;;
	CRASH_DUMP)	gone="CRASH_DUMP PROC_VMCORE PROC_VMCORE_DEVICE_DUMP" ;;
	PROC_VMCORE)	gone="PROC_VMCORE PROC_VMCORE_DEVICE_DUMP" ;;
	*)		gone=$o ;;
	esac
	fragment=$all
	for g in $gone; do
		fragment=$(echo "$fragment" | sed "s/^CONFIG_$g=y\$/CONFIG_$g=n/")
	done
	try "x86_64-without-$o" x86_64 "$fragment" $how
done

if [ -n "$full" ]; then
	try x86_64-allnoconfig x86_64 CONFIG_64BIT=y
	try arm64-allnoconfig arm64 ""
	try arm64-kcore arm64 "$(on "PROC_FS PROC_KCORE")"
	for o in SMP SYSFS PRINTK HOTPLUG_CPU; do
		fragment=$(echo "$all" | sed "s/^CONFIG_$o=y\$/CONFIG_$o=n/")
		[ $o = SMP ] && fragment=$(echo "$fragment" | grep -v HOTPLUG_CPU)
		try "x86_64-without-$o" x86_64 "$fragment"
	done
	# An image from files, where there is no crash region.
	fragment=$(echo "$all" | sed 's/^\(CONFIG_CRASH_DUMP\|CONFIG_PROC_VMCORE.*\)=y$/\1=n/')
	try x86_64-file-without-CRASH_DUMP x86_64 "$fragment
CONFIG_KEXEC_FILE=y"
	try x86_64-with-modules x86_64 "$all
$(on "MODULES COMPAT_32BIT_TIME IA32_EMULATION KALLSYMS SECURITY SECURITY_LOCKDOWN_LSM SECURITYFS")"
	try i386-allnoconfig i386 ""
	try i386-kcore i386 "$(on "PROC_FS PROC_KCORE")"
	try powerpc-32-kcore powerpc "$(on "PPC_BOOK3S_32 PROC_FS PROC_KCORE")"
	try powerpc-85xx powerpc "$(on "PPC_85xx FSL_SOC_BOOKE CORENET_GENERIC SMP PROC_FS PROC_KCORE")"
	try powerpc-64-without-kexec powerpc "$(on "PPC64 PPC_BOOK3S_64 PPC_PSERIES PPC_POWERNV \
		SMP EXPERT PROC_FS PROC_KCORE PRESERVE_FA_DUMP")"
	try ppc64-fadump powerpc "$(on "PPC64 PPC_BOOK3S_64 PPC_PSERIES PPC_POWERNV SMP EXPERT \
		PROC_FS KEXEC KEXEC_FILE CRASH_DUMP PROC_VMCORE PROC_KCORE FA_DUMP")"
	power="$(on "PPC64 PPC_BOOK3S_64 CPU_LITTLE_ENDIAN EXPERT PROC_FS SYSFS PRINTK PROC_KCORE")"
	pseries="$power
$(on "PPC_PSERIES PPC_POWERNV SMP HOTPLUG_CPU")"
	try ppc64le-without-KEXEC_FILE powerpc "$pseries
$(on "KEXEC CRASH_DUMP PROC_VMCORE")
CONFIG_KEXEC_FILE=n"
	try ppc64le-without-PROC_VMCORE powerpc "$pseries
$(on "KEXEC KEXEC_FILE CRASH_DUMP")
CONFIG_PROC_VMCORE=n"
	try ppc64le-file-without-CRASH_DUMP powerpc "$pseries
$(on "KEXEC_FILE")
CONFIG_KEXEC=n
CONFIG_CRASH_DUMP=n"
	# Of the platforms this one alone is without SMP.
	try ppc64le-without-SMP powerpc "$power
$(on "PPC_MICROWATT KEXEC KEXEC_FILE CRASH_DUMP PROC_VMCORE")
CONFIG_SMP=n"
fi
finish
