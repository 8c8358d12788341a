#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compose a kernel tree: base, minus base/removed, plus base/hooks, plus the project's files.
#
# usage: base/compose.sh BASE_DIR TREE_DIR
#
# A second run with the same base, list and hooks only refreshes the project's files, and
# leaves the time stamps of unchanged ones alone, so that make builds no more than it must.
# Build directories in the tree (build*) survive.
set -eu
. "$(dirname "$0")/lib.sh"

src=${1:?base kernel source directory} dst=${2:?tree directory}
[ -f "$src/kernel/panic.c" ] || die "$src is no kernel source tree"
src=$(cd "$src" && pwd)

removed() { grep -v '^#' "$top/base/removed"; }

# The project's in-tree files are those under the kernel's own top directories. Without them
# a tree would be the base with holes.
mkdir -p "$out/log"
list=$out/log/compose.files
(cd "$top" && git ls-files -co --exclude-standard -- \
	Documentation arch drivers fs include kernel lib tools) >"$list.git" 2>"$list.why" || {
	cat "$list.why" >&2
	die "git does not list the files of $top: it must be a git checkout; one of another user needs: git config --global --add safe.directory $top"
}
while read -r f; do
	if [ -f "$top/$f" ]; then echo "$f"; fi
done <"$list.git" | sort -u >"$list"
grep -qx kernel/crash_dump/Kconfig "$list" ||
	die "git lists $(wc -l <"$list") in-tree files in $top, and not kernel/crash_dump/Kconfig: is the checkout whole?"

key=$( (head -n 5 "$src/Makefile"; echo "$src"
	cd "$top/base" && cat removed && cat hooks/*.patch) | sha256sum | cut -d' ' -f1)

# A base of one's own may be edited: compose again if anything in it is younger than the tree.
edited=
if [ -f "$dst/.composed" ]; then
	edited=$(find "$src" -path "$src/.git" -prune -o -type f -newer "$dst/.composed" -print -quit)
fi

if [ -n "$edited" ] || [ "$(cat "$dst/.composed" 2>/dev/null)" != "$key" ]; then
	say "composing a tree from Linux $(sed -n 's/^SUBLEVEL = /6.12./p' "$src/Makefile")"
	rm -rf "$dst.tmp"
	mkdir -p "$dst.tmp"
	tar -C "$src" --exclude=./.git -cf - . | tar -C "$dst.tmp" -xf -
	removed | while read -r f; do
		[ -e "$src/$f" ] || die "base/removed lists $f, which $src does not have"
		rm -rf "${dst:?}.tmp/$f"
	done
	for p in "$top"/base/hooks/*.patch; do
		patch -f -d "$dst.tmp" -p1 -s --no-backup-if-mismatch <"$p" ||
			die "hook ${p##*/} does not apply to $src"
	done
	for b in "$dst"/build*; do
		[ -d "$b" ] && mv "$b" "$dst.tmp/"
	done
	rm -rf "$dst"
	echo "$key" >"$dst.tmp/.composed"
	mv "$dst.tmp" "$dst"
fi

cd "$top"
cp "$list" "$dst/.composed.new"

# What is ours no more goes, or is the base's again.
if [ -f "$dst/.composed.files" ]; then
	comm -23 "$dst/.composed.files" "$dst/.composed.new" | while read -r f; do
		rm -f "$dst/$f"
		stays=1
		for r in $(removed); do
			case $f in "$r"|"${r%/}"/*) stays= ;; esac
		done
		if [ -n "$stays" ] && [ -f "$src/$f" ]; then
			cp -p "$src/$f" "$dst/$f"
		fi
	done
fi
rsync -rlpc --files-from="$dst/.composed.new" . "$dst/"
mv "$dst/.composed.new" "$dst/.composed.files"
