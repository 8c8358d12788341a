#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Configurations: the smallest kernels with and without us link, on x86_64 and on an
# architecture without a port (arm64); each of our options can be off by itself. "full"
# adds options of others that our code depends on, and i386.
#
# usage: base/test/configs.sh [full]
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
log=$out/check/configs
mkdir -p "$out/check"

ours="KEXEC CRASH_DUMP PROC_VMCORE PROC_VMCORE_DEVICE_DUMP PROC_KCORE"

# build NAME ARCH FRAGMENT_LINES: link vmlinux; options that did not come out as asked for,
# errors and warnings are complaints
build() {
	bd_dir=$tree/build-$2-tiny
	mkdir -p "$bd_dir"
	case $2 in
	arm64)	CROSS_COMPILE=aarch64-linux-gnu- ;;
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
	[ "$2" = arm64 ] && grep -E '^CONFIG_(KEXEC|CRASH_DUMP|PROC_VMCORE)' "$bd_dir/.config"
	kmake "$bd_dir" -j$jobs ARCH="$2" vmlinux >"$log.$1.build" 2>&1 ||
		grep -E '(error|undefined reference|\*\*\*)' "$log.$1.build"
	grep -E 'warning:' "$log.$1.build"
	true
}

try() { judge "configs/$1" "$log.$1" build "$@"; }

on() { for o in $1; do echo "CONFIG_$o=y"; done; }
all="$(on "64BIT PROC_FS SYSFS SMP HOTPLUG_CPU EXPERT PRINTK $ours")"

try x86_64-allnoconfig x86_64 CONFIG_64BIT=y
try x86_64-all-on x86_64 "$all"
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
	try "x86_64-without-$o" x86_64 "$fragment"
done

try arm64-allnoconfig arm64 ""
try arm64-kcore arm64 "$(on "PROC_FS PROC_KCORE")"

if [ "${1-}" = full ]; then
	for o in SMP SYSFS PRINTK HOTPLUG_CPU; do
		fragment=$(echo "$all" | sed "s/^CONFIG_$o=y\$/CONFIG_$o=n/")
		[ $o = SMP ] && fragment=$(echo "$fragment" | grep -v HOTPLUG_CPU)
		try "x86_64-without-$o" x86_64 "$fragment"
	done
	try x86_64-with-modules x86_64 "$all
$(on "MODULES COMPAT_32BIT_TIME IA32_EMULATION KALLSYMS SECURITY SECURITY_LOCKDOWN_LSM SECURITYFS")"
	try i386-allnoconfig i386 ""
	try i386-kcore i386 "$(on "PROC_FS PROC_KCORE")"
fi
finish
