#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The composed tree holds nothing of the code that it replaces: no listed file that we do
# not provide, none that equals the stock file, and no file that the list forgot.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
src=$("$top/base/source.sh") || exit 1

removed() { grep -v '^#' "$top/base/removed"; }

listed_files_are_gone() {
	removed | while read -r f; do
		(cd "$src" && find "$f" -type f) | while read -r g; do
			[ -e "$tree/$g" ] || continue
			grep -qxF "$g" "$tree/.composed.files" || echo "$g is listed and still there"
		done
	done
}

none_equals_stock() {
	while read -r f; do
		[ -f "$src/$f" ] && cmp -s "$src/$f" "$tree/$f" && echo "$f equals the stock file"
	done <"$tree/.composed.files"
	true
}

none_replaces_what_stays() {
	while read -r f; do
		[ -f "$src/$f" ] || continue
		removed | while read -r r; do
			case $f in "$r"|"${r%/}"/*) echo yes ;; esac
		done | grep -q yes || echo "$f replaces a file that base/removed does not list"
	done <"$tree/.composed.files"
}

none_is_forgotten() {
	kept=$(sed -n 's/^\([^#[:blank:]][^[:blank:]]*\).*/\1/p' "$top/base/kept")
	(cd "$src" && find arch block crypto drivers/char drivers/of fs include init kernel lib mm \
		security -type f) |
	grep -E '/[^/]*(kexec|crash|vmcore|purgatory|relocate_kernel|elfcorehdr|oldmem|kdump)[^/]*(/|$)' |
	while read -r f; do
		known=
		for p in $(removed) $kept; do
			# shellcheck disable=SC2254 # it is a pattern
			case $f in
			$p|"${p%/}"/*) known=1; break ;;
			esac
		done
		[ -n "$known" ] || echo "$f is neither in base/removed nor in base/kept"
	done
}

set -f
judge tree/listed-files-are-gone "$out/check/tree-gone" listed_files_are_gone
judge tree/none-equals-stock "$out/check/tree-equal" none_equals_stock
judge tree/none-replaces-what-stays "$out/check/tree-stays" none_replaces_what_stays
judge tree/none-is-forgotten "$out/check/tree-forgotten" none_is_forgotten
finish
