#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Programs of another architecture for the guests: Debian's packages, unpacked into the cache.
# Nothing of them is installed on this machine or runs on it.
#
# usage: base/foreign.sh DEBIAN_ARCH
set -eu
. "$(dirname "$0")/lib.sh"

arch=${1:?architecture, by the name that Debian gives it}
dir=$cache/$arch
[ -x "$dir/sbin/kexec" ] && [ -x "$dir/bin/busybox" ] && exit 0

if ! dpkg --print-foreign-architectures | grep -qx "$arch"; then
	as_root dpkg --add-architecture "$arch"
	apt_get update >"$out/log/foreign" 2>&1 || die "apt-get update failed; see $out/log/foreign"
fi
say "unpacking kexec-tools, busybox and their libraries for $arch"
rm -rf "$dir.unpacking"
mkdir -p "$dir.unpacking/packages" "$out/log"
(cd "$dir.unpacking/packages" &&
	apt-get -q -o APT::Sandbox::User= download busybox-static:"$arch" kexec-tools:"$arch" \
		libc6:"$arch" liblzma5:"$arch" zlib1g:"$arch") >"$out/log/foreign" 2>&1 ||
	die "apt-get could not download packages for $arch; see $out/log/foreign"
for p in "$dir.unpacking"/packages/*.deb; do
	dpkg-deb -x "$p" "$dir.unpacking"
done
rm -rf "$dir" "$dir.unpacking/packages"
mv "$dir.unpacking" "$dir"
