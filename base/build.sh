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
sums=$(cat "$top/base/config/$arch.config" "$top/base/config/kdump.config" "$@" | sha256sum)
if [ "$(cat "$dir/.fragments" 2>/dev/null)" != "$sums" ] || [ ! -f "$dir/.config" ]; then
	kmake "$dir" -s ARCH=$arch tinyconfig >"$dir/config.log" 2>&1 &&
	(cd "$tree" && scripts/kconfig/merge_config.sh -m -O "$dir" "$dir/.config" \
		"$top/base/config/$arch.config" "$top/base/config/kdump.config" "$@") \
		>>"$dir/config.log" 2>&1 &&
	kmake "$dir" -s ARCH=$arch olddefconfig >>"$dir/config.log" 2>&1 ||
		die "configuration failed, see $dir/config.log"
	# What a fragment asks for and Kconfig does not grant is an error of ours.
	cat "$top/base/config/$arch.config" "$top/base/config/kdump.config" "$@" |
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p; s/^# \(CONFIG_[A-Z0-9_]*\) is not set/\1/p' |
	sort -u | while read -r o; do
		want=$(cat "$top/base/config/$arch.config" "$top/base/config/kdump.config" "$@" |
			grep -E "^(# )?${o}[= ]" | tail -n 1)
		case $want in
		"#"*)	! grep -q "^$o=" "$dir/.config" || echo "$o is set, the fragments switch it off" ;;
		*)	grep -qxF "$want" "$dir/.config" || echo "$want is not granted" ;;
		esac
	done >"$dir/config.differs"
	if [ -s "$dir/config.differs" ]; then
		cat "$dir/config.differs" >&2
		die "the configuration is not what base/config asks for"
	fi
	echo "$sums" >"$dir/.fragments"
fi

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
