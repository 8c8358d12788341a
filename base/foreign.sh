#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Programs of another architecture for the guests: Debian's packages, unpacked into the cache.
# Nothing of them is installed on this machine or runs on it, and its own dpkg does not learn of
# that architecture: every apt-get update of the machine would stand or fall with those lists too.
#
# usage: base/foreign.sh DEBIAN_ARCH
set -eu
. "$(dirname "$0")/lib.sh"

arch=${1:?architecture, by the name that Debian gives it}
dir=$cache/$arch
[ -x "$dir/sbin/kexec" ] && [ -x "$dir/usr/bin/makedumpfile" ] && exit 0

log=$out/log/foreign
mkdir -p "$out/log" "$cache"
: >"$log"
# Of two checkouts that begin at once, one does it.
exec 9>"$dir.lock"
flock -w 1200 9 || die "another foreign.sh holds $dir.lock and does not end: end it"
[ -x "$dir/sbin/kexec" ] && [ -x "$dir/usr/bin/makedumpfile" ] && exit 0
# An apt of its own for it, with this machine's sources, keys and proxy and no package installed.
apt=$cache/apt-$arch
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
foreign_apt() {
	timeout --foreground -k 30 20m apt-get -q \
		-o APT::Sandbox::User= -o Acquire::Retries=2 -o Acquire::Languages=none \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status=/dev/null \
		-o Dir::Cache="$apt/cache" "$@" </dev/null >>"$log" 2>&1
}

# kexec-tools and busybox for all guests; cp and makedumpfile for the bench.
packages="busybox-static kexec-tools libc6 liblzma5 zlib1g coreutils libacl1 libattr1 libselinux1
	libpcre2-8-0 makedumpfile libdw1 libelf1 libbz2-1.0 liblzo2-2"
say "unpacking kexec-tools, busybox, makedumpfile and their libraries for $arch"
rm -rf "$dir.unpacking"
mkdir -p "$dir.unpacking/packages"
# One of several archives may be away or in the middle of its own update: whether what is wanted
# was on it, the download will tell.
foreign_apt update ||
	echo "$me: apt-get update for $arch was not complete (see $log): going on with the lists there are" >&2
cd "$dir.unpacking/packages"
for p in $packages; do
	# Debian 13 has some by another name.
	foreign_apt download "$p" || foreign_apt download "${p}t64" || {
		grep '^E:' "$log" | tail -n 3 >&2
		die "apt-get could not download $p for $arch; do apt's sources have it, without an [arch=...] that leaves it out? see $log"
	}
done
cd "$top"
for p in "$dir.unpacking"/packages/*.deb; do
	dpkg-deb -x "$p" "$dir.unpacking"
done
rm -rf "$dir" "$dir.unpacking/packages" "$apt"
mv "$dir.unpacking" "$dir"
