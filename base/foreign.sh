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
[ -x "$dir/sbin/kexec" ] && [ -x "$dir/usr/bin/makedumpfile" ] && exit 0

log=$out/log/foreign
mkdir -p "$out/log"
: >"$log"
if ! dpkg --print-foreign-architectures | grep -qx "$arch"; then
	as_root dpkg --add-architecture "$arch"
	apt_update "$log"
fi
# kexec-tools and busybox for all guests; cp and makedumpfile for the bench.
packages="busybox-static kexec-tools libc6 liblzma5 zlib1g coreutils libacl1 libattr1 libselinux1
	libpcre2-8-0 makedumpfile libdw1 libelf1 libbz2-1.0 liblzo2-2"
say "unpacking kexec-tools, busybox, makedumpfile and their libraries for $arch"
rm -rf "$dir.unpacking"
mkdir -p "$dir.unpacking/packages"
download() {
	(cd "$dir.unpacking/packages" && rm -f ./*.deb &&
		for p in $packages; do echo "$p:$arch"; done |
			xargs apt-get -q -o APT::Sandbox::User= download) >>"$log" 2>&1
}
# The lists may be older than the mirror, or lack that architecture: an update was cut short.
download || { apt_update "$log" && download; } ||
	die "apt-get could not download packages for $arch; see $log"
for p in "$dir.unpacking"/packages/*.deb; do
	dpkg-deb -x "$p" "$dir.unpacking"
done
rm -rf "$dir" "$dir.unpacking/packages"
mv "$dir.unpacking" "$dir"
