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
qemu_packages="qemu-system-x86 ovmf kexec-tools busybox-static gdb e2fsprogs debootstrap \
	python3"

of_target() {
	case $1 in
	tree|series)	echo "$tree_packages" ;;
	kernel)		echo "$kernel_packages" ;;
	demo|kunit|qemu|clients|filter) echo "$kernel_packages $qemu_packages" ;;
	bench)		echo "$kernel_packages $qemu_packages makedumpfile" ;;
	ppc64le)	echo "$kernel_packages gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
			qemu-system-ppc gdb-multiarch" ;;
	ppc64)		echo "$(of_target ppc64le) gcc-powerpc64-linux-gnu libc6-dev-ppc64-cross" ;;
	sig)		echo "$kernel_packages openssl sbsigntool" ;;
	host)		echo "build-essential ccache clang RUNTIME" ;;
	style)		echo "$kernel_packages sparse gcc-aarch64-linux-gnu gcc-powerpc64le-linux-gnu
			perl shellcheck" ;;
	*)		die "no target $1; there are tree series kernel demo host style kunit qemu clients sig bench ppc64le ppc64" ;;
	esac
}

update() {
	can_be_root "apt-get update"
	mkdir -p "$out/log"
	apt_update "$out/log/packages"
}

# Debian names clang's sanitizer runtime after the version of its default clang.
clang_version() {
	{ dpkg-query -W -f '${Depends}\n' clang || true; apt-cache depends clang; } 2>/dev/null |
		sed -n 's/.*clang-\([0-9][0-9]*\).*/\1/p' | head -n 1
}

# with_runtime PACKAGES: the list, with the runtime in place of the word RUNTIME
with_runtime() {
	case $1 in
	*RUNTIME*) ;;
	*) echo "$1"; return ;;
	esac
	version=$(clang_version)
	if [ -z "$version" ]; then
		update
		version=$(clang_version)
	fi
	[ -n "$version" ] || die "apt offers no clang; its sources must have Debian's main"
	echo "$1" | sed "s/RUNTIME/libclang-rt-$version-dev/"
}

installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'
}

list=
[ "${1-}" = --list ] && { list=1; shift; }
wanted=$(for t in "$@"; do of_target "$t"; done | tr -s ' \t' '\n\n' | sort -u)
wanted=$(with_runtime "$wanted")
[ -n "$list" ] && { echo "$wanted"; exit 0; }

missing=
for p in $wanted; do
	installed "$p" || missing="$missing $p"
done
[ -z "$missing" ] && exit 0

say "installing Debian packages:$missing"
can_be_root "installing packages"
mkdir -p "$out/log"
: >"$out/log/packages"
# shellcheck disable=SC2086 # a list of words
apt-cache show $missing >/dev/null 2>&1 || update
# shellcheck disable=SC2086
install_missing() {
	apt_get install -y --no-install-recommends $missing >>"$out/log/packages" 2>&1
}

# Lists that are there may be older than the mirror.
install_missing || { update && install_missing; } || {
	grep '^E:' "$out/log/packages" | tail -n 3 >&2
	die "apt-get could not install$missing; see $out/log/packages"
}
