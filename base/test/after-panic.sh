#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What may run after a panic: every symbol that the objects of that path take from elsewhere
# is in base/after-panic with its reason, and nothing is there that no object takes.
# Needs the built kernel.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
dir=$tree/build-x86_64
list=$top/base/after-panic
log=$out/check/after-panic
mkdir -p "$out/check"

objects() { sed -n 's/^object \([^[:blank:]]*\).*/\1/p' "$list"; }
allowed() { sed -n 's/^\([A-Za-z_][A-Za-z0-9_.]*\)[[:blank:]][[:blank:]]*[^[:blank:]].*/\1/p' "$list" |
	grep -vx object | sort -u; }

# Symbols that a file takes from elsewhere and that code or data which is still there after
# boot refers to: what only __init code uses does not count.
taken_by() {
	readelf -rW "$1" 2>/dev/null | awk '
	/^Relocation section/ {
		section = $3; gsub(/\047|\.rela/, "", section)
		skip = section ~ /^\.(init|exit|debug|orc|discard|modinfo|export_symbol|initcall|note)/ ||
			section ~ /^(___ksymtab|__ksymtab|__jump_table|__patchable|\.BTF)/
		next
	}
	!skip && $3 ~ /^R_/ && $5 != "" { print $5 }' | sort -u >"$log.referred"
	nm -u "$1" | awk '{ print $2 }' | sort -u | comm -12 - "$log.referred"
}

# What the path takes, less what another file of it gives.
taken() {
	objects | while read -r o; do nm -g "$dir/$o"; done |
		awk '$2 ~ /^[A-TV-Z]$/ { print $3 }' | sort -u >"$log.given"
	objects | while read -r o; do
		taken_by "$dir/$o" | sed "s|\$| $o|"
	done | while read -r s o; do
		grep -qxF "$s" "$log.given" || echo "$s $o"
	done
}

unexplained() {
	objects | while read -r o; do
		[ -f "$dir/$o" ] || echo "$o is listed and was not built"
	done
	allowed >"$log.allowed"
	taken >"$log.taken"
	while read -r s o; do
		grep -qxF "$s" "$log.allowed" || echo "$o takes $s, which $list does not explain"
	done <"$log.taken" | sed "s|$top/||"
	cut -d' ' -f1 "$log.taken" | sort -u | comm -13 - "$log.allowed" |
		sed 's/$/ is explained, and no object takes it/'
}

judge after-panic/symbols "$log" unexplained
finish
