#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The hooks, and the list of files that go, fit an older Linux 6.12.y as well: the oldest that
# Debian 13 offers, from the mirror that this machine's apt uses. What the test needs of it
# stays in the cache. Older means older than the base that is composed; with KSRC there may be none.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
log=$out/check/hooks
mkdir -p "$out/check"

targets() { sed -n 's|^--- a/||p' "$top"/base/hooks/*.patch | sort -u; }
removed() { grep -v '^#' "$top/base/removed"; }

version_in() {
	sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p; s/^SUBLEVEL = //p' "$1/Makefile" |
		head -n 3 | paste -sd.
}

# older_than A B: A is the smaller of two different versions
older_than() {
	[ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

fetch() {
	want=$( { targets; removed; } | sha256sum | cut -c1-12)
	older=$(ls -d "$cache"/older/6.12.*-"$want" 2>/dev/null | sort -V | head -n 1)
	[ -n "$older" ] && older_than "$(version_in "$older")" "$base" && return
	# Other vendors' sites have a "main" too; a mirror need not carry Debian's label.
	for label in 'Label: Debian' 'Created-By: Packages'; do
		site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' \
			'Component: main' "$label" | grep -v security | sort -u | head -n 1)
		[ -n "$site" ] && break
	done
	[ -n "$site" ] || { echo "apt names no mirror"; return 1; }
	dir=$cache/older/fetch
	rm -rf "$dir" && mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site trixie main" \
		>"$dir/sources.list"
	apt="-q -o Dir::State=$dir/state -o Dir::Cache=$dir/cache -o Dir::State::status=/dev/null
		-o Dir::Etc::sourcelist=$dir/sources.list -o Dir::Etc::sourceparts=-
		-o APT::Sandbox::User="
	# shellcheck disable=SC2086 # a list of options
	timeout -k 10 300 apt-get $apt update || return 1
	# shellcheck disable=SC2086
	version=$(apt-cache $apt madison linux-source-6.12 | awk '{ print $3 }' | sort -V | head -n 1)
	[ -n "$version" ] || { echo "Debian 13 offers no linux-source-6.12"; return 1; }
	if ! older_than "${version%%-*}" "$base"; then
		none="the base, $base, is not newer than the oldest that Debian 13 offers, ${version%%-*}"
		return 0
	fi
	# shellcheck disable=SC2086
	(cd "$dir" && timeout -k 10 600 apt-get $apt download "linux-source-6.12=$version") || return 1
	older=$cache/older/${version%%-*}-$want
	mkdir -p "$dir/tree"
	dpkg-deb --fsys-tarfile "$dir"/linux-source-6.12_*.deb |
		tar -xOf - ./usr/src/linux-source-6.12.tar.xz |
		xz -dc -T0 | tar -C "$dir/tree" --strip-components=1 -xf - \
			$( { targets; removed | sed 's|/$||'; echo Makefile; } |
				sed 's|^|linux-source-6.12/|') || return 1
	rm -rf "$older"
	mv "$dir/tree" "$older"
	rm -rf "$dir"
}

fits() {
	rm -rf "$log.tree"
	cp -a "$older" "$log.tree"
	removed | while read -r f; do
		[ -e "$log.tree/$f" ] || echo "base/removed lists $f, which it does not have"
	done
	for p in "$top"/base/hooks/*.patch; do
		patch -d "$log.tree" -p1 -s --no-backup-if-mismatch <"$p"
	done
	rm -rf "$log.tree"
}

none=
base=$(version_in "$("$top/base/source.sh")")
if ! fetch >"$log.fetch" 2>&1; then
	# No network is no verdict, but a run that can not look must not look like one that did.
	not_ok hooks/older-6.12 "no older linux-source-6.12 to be had: $(tail -n 1 "$log.fetch")"
	finish
fi
if [ -n "$none" ]; then
	skip hooks/older-6.12 "$none"
	finish
fi
version=$(version_in "$older")
judge "hooks/apply-to-$version" "$log" fits
finish
