#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the base as it is, with our configuration: what `make bench` compares with.
# Result: out/stock/{bzImage,vmlinux,config}; the build directory is out/stock-build. Where the
# kernel has no bzImage, vmlinux.boot is what is booted.
#
# usage: base/stock.sh [ARCH]	another's is in out/stock-ARCH
set -eu
. "$(dirname "$0")/lib.sh"

arch=${1:-x86_64} name=stock
[ "$arch" = x86_64 ] || name=stock-$arch
for_arch "$arch"
tree=$("$top/base/source.sh")
dir=$out/$name-build
mkdir -p "$dir" "$out/$name"
# It does not have the options that our Kconfig files bring; all others must be granted.
# shellcheck disable=SC2086 # a list of words
cat $kconfig "$top/base/config/kdump.config" |
	grep -v '^CONFIG_KDUMP_' >"$dir/fragment"
configure "$dir" "$dir/fragment"

say "building the $name kernel"
counted "$out/log/kernel-$name" "$name kernel" \
	kmake "$dir" -j$jobs $ktarget || exit 1
if [ "$kimage" = vmlinux ]; then
	"${CROSS_COMPILE}strip" -g -o "$out/$name/vmlinux.boot" "$dir/vmlinux"
else
	cp -f "$dir/$kimage" "$out/$name/${kimage##*/}"
fi
ln -f "$dir/vmlinux" "$out/$name/vmlinux" 2>/dev/null || cp -f "$dir/vmlinux" "$out/$name/vmlinux"
cp -f "$dir/.config" "$out/$name/config"
