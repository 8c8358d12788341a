#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Report the sizes of our files and functions. Fails on nothing but being unable to look:
# a long file or function is a question to its author, not an error.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
report=$out/check/sizes.txt
mkdir -p "$out/check"

# A function in kernel style begins with a { in the first column and ends with a }.
functions() {
	awk 'FNR == 1 { head = "" }
	/^[A-Za-z_].*\(/ && !/^(#|typedef|static const|struct [a-z_]+ \{)/ { head = $0; at = FNR }
	/^\{/ && head != "" { begin = at }
	/^\}/ && begin { name = head; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
		print FNR - begin + 1, name, FILENAME; begin = 0; head = "" }' "$@"
}

cd "$top" || exit 1
git ls-files -co --exclude-standard -- arch drivers fs include kernel | grep '\.[chS]$' >"$out/check/sizes.files"
[ -s "$out/check/sizes.files" ] || { not_ok sizes "there are no files"; finish; }
# shellcheck disable=SC2046 # a list of words
{
	echo "Longest files (lines), of $(wc -l <"$out/check/sizes.files"):"
	xargs wc -l <"$out/check/sizes.files" | grep -v ' total$' | sort -rn | head -n 8
	functions $(grep '\.c$' "$out/check/sizes.files") | sort -rn >"$out/check/sizes.functions"
	n=$(wc -l <"$out/check/sizes.functions")
	echo "Longest functions (lines), of $n, median $(sed -n "$((n / 2 + 1))s/ .*//p" "$out/check/sizes.functions"):"
	head -n 8 "$out/check/sizes.functions"
} >"$report"
sed 's/^/# /' "$report"
ok sizes 0
finish
