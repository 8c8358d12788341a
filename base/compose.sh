#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compose a kernel tree: base, minus base/removed, plus base/hooks, plus the project's files.
#
# usage: base/compose.sh BASE_DIR TREE_DIR
#
# A second run with the same base, list and hooks only refreshes the project's files, and
# leaves the time stamps of unchanged ones alone, so that make builds no more than it must.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
src=${1:?base kernel source directory} dst=${2:?tree directory}

die() { echo "compose: $*" >&2; exit 1; }

[ -f "$src/kernel/panic.c" ] || die "$src is no kernel source tree"
key=$( (cd "$src" && head -n 5 Makefile && pwd
	cd "$top/base" && cat removed && cat hooks/*.patch) | sha256sum | cut -d' ' -f1)

if [ "$(cat "$dst/.composed" 2>/dev/null)" != "$key" ]; then
	rm -rf "$dst.tmp"
	mkdir -p "$(dirname "$dst")"
	cp -a "$src" "$dst.tmp"
	grep -v '^#' "$top/base/removed" | while read -r f; do
		rm -rf "${dst:?}.tmp/$f"
	done
	for p in "$top"/base/hooks/*.patch; do
		patch -d "$dst.tmp" -p1 -s --no-backup-if-mismatch <"$p" ||
			die "hook ${p##*/} does not apply to $src"
	done
	echo "$key" >"$dst.tmp/.composed"
	rm -rf "$dst"
	mv "$dst.tmp" "$dst"
fi

# The project's in-tree files are those under the kernel's own top directories.
cd "$top"
git ls-files -co --exclude-standard -- Documentation arch drivers fs include kernel lib tools |
while read -r f; do
	[ -f "$f" ] && echo "$f"
done | rsync -rlpc --files-from=- . "$dst/"
