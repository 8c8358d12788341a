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
# It does not have the options that our Kconfig files bring; all others must be granted.
cat "$top/base/config/x86_64.config" "$top/base/config/kdump.config" |
	grep -v '^CONFIG_KDUMP_' >"$dir/fragment"
configure "$dir" "$dir/fragment"

say "building the stock kernel"
counted "$out/log/kernel-stock" "stock kernel" \
	kmake "$dir" ARCH=x86_64 -j$jobs bzImage || exit 1
cp -f "$dir/arch/x86/boot/bzImage" "$out/stock/bzImage"
ln -f "$dir/vmlinux" "$out/stock/vmlinux" 2>/dev/null || cp -f "$dir/vmlinux" "$out/stock/vmlinux"
cp -f "$dir/.config" "$out/stock/config"
