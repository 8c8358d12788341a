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

objects() { sed -n 's/^object \([^ ]*\).*/\1/p' "$list"; }
allowed() { sed -n 's/^\([A-Za-z_][A-Za-z0-9_.]*\)[[:blank:]][[:blank:]]*[^[:blank:]].*/\1/p' "$list" |
	grep -vx object | sort -u; }

# What a file takes, less what another file of the path gives.
taken() {
	objects | while read -r o; do nm -g "$dir/$o"; done |
		awk '$2 ~ /^[A-TV-Z]$/ { print $3 }' | sort -u >"$log.given"
	objects | while read -r o; do
		nm -u "$dir/$o" | awk -v o="$o" '{ print $2, o }'
	done | sort -u | while read -r s o; do
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
