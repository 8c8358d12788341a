#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Get the kernel we stand on and print where it is: KSRC, an unpacked 6.12.y, or what
# Debian's package linux-source-6.12 holds, unpacked into the cache. Messages go to stderr.
#
# usage: base/source.sh
set -eu
. "$(dirname "$0")/lib.sh"

version_of() {
	sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p; s/^SUBLEVEL = //p' "$1/Makefile" |
		head -n 3 | paste -sd.
}

if [ -n "${KSRC-}" ]; then
	[ -f "$KSRC/kernel/panic.c" ] || die "KSRC=$KSRC is no kernel source tree"
	case $(version_of "$KSRC") in
	6.12.*) ;;
	*) die "KSRC=$KSRC is Linux $(version_of "$KSRC"); 6.12.y is what the hooks are for" ;;
	esac
	if [ -e "$KSRC/.config" ] || [ -e "$KSRC/include/config" ]; then
		die "KSRC=$KSRC holds a configuration or objects: run 'make mrproper' there, or name an unbuilt tree"
	fi
	cd "$KSRC" && pwd
	exit 0
fi

package=linux-source-6.12
version=$(dpkg-query -W -f '${Version}' $package 2>/dev/null || true)
if [ -z "$version" ]; then
	say "installing $package (the base kernel, 150 MB, once)" >&2
	can_be_root "installing $package"
	mkdir -p "$out/log"
	: >"$out/log/source"
	if ! apt-cache show $package >/dev/null 2>&1; then
		apt_update "$out/log/source"
	fi
	apt-cache show $package >/dev/null 2>&1 ||
		die "this machine's apt offers no $package (Debian 12 has it in its security archive); say KSRC=DIR with an unpacked Linux 6.12.y"
	apt_get install -y --no-install-recommends $package >>"$out/log/source" 2>&1 ||
		{ apt_update "$out/log/source" &&
			apt_get install -y --no-install-recommends $package; } \
			>>"$out/log/source" 2>&1 ||
		die "apt-get could not install $package; see $out/log/source"
	version=$(dpkg-query -W -f '${Version}' $package)
fi

dir=$cache/$package
upstream=${version%%-*}
if [ ! -f "$dir/Makefile" ] || [ "$(version_of "$dir")" != "$upstream" ]; then
	say "unpacking $package $version" >&2
	rm -rf "$dir.unpacking"
	mkdir -p "$dir.unpacking"
	tar -C "$dir.unpacking" --strip-components=1 -xf /usr/src/$package.tar.xz
	rm -rf "$dir"
	mv "$dir.unpacking" "$dir"
fi
echo "$dir"
