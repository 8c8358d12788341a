#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the composed tree: out/ARCH/{bzImage,vmlinux,config,modules/}. Where the kernel has no
# bzImage, vmlinux is what is booted.
#
# usage: base/build.sh ARCH [NAME [FRAGMENT...]]
#
# NAME (default ARCH) names out/NAME and the build directory out/linux/build-NAME; more
# fragments are merged over base/config/ARCH.config and base/config/kdump.config.
set -eu
. "$(dirname "$0")/lib.sh"

arch=${1:?architecture} name=${2:-$1}
shift
[ $# -gt 0 ] && shift
# shellcheck disable=SC2046 # a list of paths
[ $# -gt 0 ] && set -- $(realpath "$@")
for_arch "$arch"

dir=$tree/build-$name
mkdir -p "$dir" "$out/$name"
# shellcheck disable=SC2086 # a list of words
configure "$dir" $kconfig "$top/base/config/kdump.config" "$@"

say "building the $name kernel"
counted "$out/log/kernel-$name" "$name kernel" \
	kmake "$dir" -j$jobs $ktarget modules || exit 1

# The results have fixed names; a link costs nothing.
put() { ln -f "$1" "$2" 2>/dev/null || cp -f "$1" "$2"; }
[ "$kimage" = vmlinux ] || put "$dir/$kimage" "$out/$name/${kimage##*/}"
put "$dir/vmlinux" "$out/$name/vmlinux"
put "$dir/.config" "$out/$name/config"
if [ "$kimage" = vmlinux ]; then
	# What is loaded by kexec: no tool wants its debug information there.
	"${CROSS_COMPILE}strip" -g -o "$out/$name/vmlinux.boot" "$dir/vmlinux"
fi
rsync -rlt --delete -m --include='*/' --include='*.ko' --exclude='*' "$dir/" "$out/$name/modules/"
echo "    $out/$name: $(cd "$out/$name" && ls | paste -sd' ')" | sed "s|$top/||"
