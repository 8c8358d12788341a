#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the base as it is, with our configuration: what `make bench` compares with.
# Result: out/stock/{bzImage,vmlinux,config}; the build directory is out/stock-build.
#
# usage: base/stock.sh
set -eu
. "$(dirname "$0")/lib.sh"

tree=$("$top/base/source.sh")
dir=$out/stock-build
mkdir -p "$dir" "$out/stock"
sums=$(cat "$top/base/config/x86_64.config" "$top/base/config/kdump.config" | sha256sum)
if [ "$(cat "$dir/.fragments" 2>/dev/null)" != "$sums" ]; then
	kmake "$dir" -s ARCH=x86_64 tinyconfig >"$dir/config.log" 2>&1 &&
	(cd "$tree" && scripts/kconfig/merge_config.sh -m -O "$dir" "$dir/.config" \
		"$top/base/config/x86_64.config" "$top/base/config/kdump.config") \
		>>"$dir/config.log" 2>&1 &&
	kmake "$dir" -s ARCH=x86_64 olddefconfig >>"$dir/config.log" 2>&1 ||
		die "configuration failed, see $dir/config.log"
	echo "$sums" >"$dir/.fragments"
fi
say "building the stock kernel"
counted "$out/log/kernel-stock" "stock kernel" kmake "$dir" ARCH=x86_64 -j$jobs bzImage
cp -f "$dir/arch/x86/boot/bzImage" "$out/stock/bzImage"
ln -f "$dir/vmlinux" "$out/stock/vmlinux" || cp -f "$dir/vmlinux" "$out/stock/vmlinux"
cp -f "$dir/.config" "$out/stock/config"
