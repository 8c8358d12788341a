#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the composed tree: out/ARCH/{bzImage,vmlinux,config,modules/}.
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
[ "$arch" = x86_64 ] || die "no port for ARCH=$arch; x86_64 is what there is"

dir=$tree/build-$name
mkdir -p "$dir" "$out/$name"
configure "$dir" "$top/base/config/$arch.config" "$top/base/config/kdump.config" "$@"

say "building the $name kernel"
counted "$out/log/kernel-$name" "$name kernel" \
	kmake "$dir" ARCH=$arch -j$jobs bzImage modules || exit 1

# The results have fixed names; a link costs nothing.
put() { ln -f "$1" "$2" 2>/dev/null || cp -f "$1" "$2"; }
put "$dir/arch/x86/boot/bzImage" "$out/$name/bzImage"
put "$dir/vmlinux" "$out/$name/vmlinux"
put "$dir/.config" "$out/$name/config"
rsync -rlt --delete -m --include='*/' --include='*.ko' --exclude='*' "$dir/" "$out/$name/modules/"
echo "    $out/$name: bzImage, vmlinux, config, modules" | sed "s|$top/||"
