#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The series applies to the pristine base with `git am`, and the result is out/linux.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
src=$("$top/base/source.sh") || exit 1
work=$out/series.check
log=$out/check/series

make_series() { "$top/base/series.sh" "$src" "$out/series" >"$log.made" 2>&1 || cat "$log.made"; }

# Hard links: git replaces files, it does not write into them.
apply_series() {
	rm -rf "$work"
	cp -al "$src" "$work" 2>/dev/null || { rm -rf "$work"; cp -a "$src" "$work"; }
	rm -rf "$work/.git"
	git init -q "$work"
	sed -n 's|^--- a/||p' "$out"/series/*.patch | sort -u >"$log.touched"
	(cd "$work" && git add -f --pathspec-from-file="$log.touched" &&
		git -c user.name=check -c user.email=check@localhost commit -q -m base &&
		git -c user.name=check -c user.email=check@localhost am -q \
			$(ls "$out"/series/*.patch | grep -v /0000-)) \
		>"$log.am" 2>&1 || cat "$log.am"
}

same_tree() {
	rm -rf "$work/.git"
	diff -rq --no-dereference --exclude='.composed*' --exclude='build-*' --exclude='.checkpatch-camelcase*' "$work" "$tree"
}

judge series/made "$log.1" make_series
judge series/applies "$log.2" apply_series
judge series/gives-the-composed-tree "$log.3" same_tree
rm -rf "$work"
finish
