#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What may run after a panic: every symbol that the objects of that path take from elsewhere
# is in base/after-panic, or in the list of the architecture, with its reason, and nothing is
# there that no object takes. Needs the built kernel; ppc64 is judged if its kernel is built.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
mkdir -p "$out/check"

of() { sed -n "s/^$1[[:blank:]][[:blank:]]*\\([^[:blank:]]*\\).*/\\1/p" $lists; }
allowed() { sed -n 's/^\([A-Za-z_][A-Za-z0-9_.]*\)[[:blank:]][[:blank:]]*[^[:blank:]].*/\1/p' $lists |
	grep -vx -e object -e off | sort -u; }

# What of a file is not on the path, as patterns of awk.
off_of() { sed -n "s|^off[[:blank:]][[:blank:]]*$1[[:blank:]][[:blank:]]*\\([^[:blank:]]*\\).*|\\1|p" $lists; }

# taken_by FILE PATTERN...: the symbols that it takes from elsewhere, with the functions that do:
# those of code and data that are there after boot, but for what a pattern says is not on the path.
# powerpc has addresses of what is elsewhere in .toc, where the user's relocation points to.
taken_by() {
	tb_file=$1
	shift
	{ nm -f sysv "$tb_file"; readelf -rW "$tb_file"; } | awk -v off="$*" '
	function hex(s) { sub(/^0+/, "", s); return s }
	# the function or variable that the place is in
	function owner(s, at,	i, best, name) {
		for (i = 0; i < n[s]; i++)
			if (value[s, i] "" <= at "" && (name == "" || value[s, i] "" > best "")) {
				best = value[s, i]; name = names[s, i]
			}
		return name
	}
	function is_off(name,	i) {
		for (i = 1; i <= offs; i++)
			if (name ~ "^" pattern[i] "$") {
				found[i] = 1
				return 1
			}
		return 0
	}
	BEGIN { offs = split(off, pattern, " ") }
	/\|/ {
		split($0, f, "|")
		for (i = 1; i <= 7; i++)
			gsub(/^ +| +$/, "", f[i])
		if (f[3] == "U")
			elsewhere[f[1]] = 1
		else if (f[4] == "FUNC" || f[4] == "OBJECT") {
			value[f[7], n[f[7]] + 0] = f[2]
			names[f[7], n[f[7]]++ + 0] = f[1]
			is_off(f[1])
		}
		next
	}
	/^Relocation section/ {
		section = $3; gsub(/\047|\.rela/, "", section)
		skip = section ~ /^\.(init|exit|debug|orc|discard|modinfo|export_symbol|initcall|note)/ ||
			section ~ /^(___ksymtab|__ksymtab|__jump_table|__patchable|\.BTF)/
		next
	}
	skip || $3 !~ /^R_/ { next }
	section == ".toc" { slot[hex($1)] = $5; next }
	{
		by = owner(section, $1)
		if (by != "" && is_off(by))
			next
		if ($5 == ".toc")
			used[hex($7), by == "" ? section : by] = 1
		else if ($5 in elsewhere)
			print $5, by == "" ? section : by
	}
	END {
		for (u in used) {
			split(u, f, SUBSEP)
			if (slot[f[1]] in elsewhere)
				print slot[f[1]], f[2]
		}
		for (i = 1; i <= offs; i++)
			if (!(i in found))
				print "!", pattern[i]
	}' | sort -u
}

# What the path takes, less what another file of it gives, and what the compiler does where it
# saves registers by calls.
taken() {
	of object | while read -r o; do nm -g "$dir/$o"; done |
		awk '$2 ~ /^[A-TV-Z]$/ { print $3 }' | sort -u >"$log.given"
	of object | while read -r o; do
		# shellcheck disable=SC2046 # a list of words
		taken_by "$dir/$o" $(off_of "$o") | sed "s|\$| $o|"
	done | while read -r s by o; do
		case $s in
		.TOC.|_savegpr[01]_*|_restgpr[01]_*) continue ;;
		esac
		grep -qxF "$s" "$log.given" || echo "$s $by $o"
	done
}

unexplained() {
	set -f
	of object | while read -r o; do
		[ -f "$dir/$o" ] || echo "$o is listed and was not built"
	done
	of off | while read -r o; do
		of object | grep -qxF "$o" || echo "$o has a part that is off the path, and is not an object of it"
	done
	allowed >"$log.allowed"
	taken >"$log.taken"
	while read -r s by o; do
		if [ "$s" = ! ]; then
			echo "$o has no $by that could be off the path"
		elif ! grep -qxF "$s" "$log.allowed"; then
			echo "$o takes $s in $by, which no list explains"
		fi
	done <"$log.taken"
	cut -d' ' -f1 "$log.taken" | sort -u | comm -13 - "$log.allowed" |
		sed 's/$/ is explained, and no object takes it/'
}

for arch in x86_64 ppc64le; do
	for_arch $arch
	dir=$tree/build-$arch log=$out/check/after-panic.$arch
	lists="$top/base/after-panic $top/base/after-panic.$karch"
	if [ $arch = x86_64 ] || [ -f "$dir/vmlinux" ]; then
		judge after-panic/$arch "$log" unexplained
	else
		skip after-panic/$arch "its kernel is not built"
	fi
done
finish
