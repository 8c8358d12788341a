#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Install the Debian packages that a target needs, where they are missing.
#
# usage: base/packages.sh TARGET...	(--list: only print them)
set -eu
. "$(dirname "$0")/lib.sh"

tree_packages="rsync xz-utils patch git"
kernel_packages="$tree_packages build-essential ccache flex bison bc cpio kmod lz4 \
	libelf-dev libssl-dev python3"
qemu_packages="qemu-system-x86 kexec-tools busybox-static gdb e2fsprogs python3"

of_target() {
	case $1 in
	tree|series)	echo "$tree_packages" ;;
	kernel)		echo "$kernel_packages" ;;
	demo|kunit|qemu|bench) echo "$kernel_packages $qemu_packages" ;;
	clients)	echo "$kernel_packages $qemu_packages debootstrap" ;;
	sig)		echo "$kernel_packages openssl sbsigntool" ;;
	host)		echo "build-essential ccache clang libclang-rt-14-dev" ;;
	style)		echo "$kernel_packages sparse gcc-aarch64-linux-gnu perl shellcheck" ;;
	*)		die "no target $1; there are tree series kernel demo host style kunit qemu clients sig bench" ;;
	esac
}

# Debian names clang's sanitizer runtime after the version of its default clang.
runtime() {
	version=$(apt-cache depends clang 2>/dev/null |
		sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
	echo "$1" | sed "s/libclang-rt-14-dev/libclang-rt-${version:-14}-dev/"
}

installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'
}

list=
[ "${1-}" = --list ] && { list=1; shift; }
wanted=$(for t in "$@"; do of_target "$t"; done | tr -s ' \t' '\n\n' | sort -u)
wanted=$(runtime "$wanted")
[ -n "$list" ] && { echo "$wanted"; exit 0; }

missing=
for p in $wanted; do
	installed "$p" || missing="$missing $p"
done
[ -z "$missing" ] && exit 0

say "installing Debian packages:$missing"
mkdir -p "$out/log"
# shellcheck disable=SC2086 # a list of words
if ! apt-cache show $missing >/dev/null 2>&1; then
	as_root apt-get -q update >"$out/log/packages" 2>&1 ||
		die "apt-get update failed; see $out/log/packages"
fi
# shellcheck disable=SC2086
install_missing() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
		--no-install-recommends $missing >>"$out/log/packages" 2>&1
}

# Lists that are there may be older than the mirror.
install_missing || { as_root apt-get -q update >>"$out/log/packages" 2>&1 && install_missing; } ||
	die "apt-get could not install$missing; see $out/log/packages"
