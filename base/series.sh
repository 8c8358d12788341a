#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Cut the project into patches for `git am`, as base/series says, with a cover letter.
#
# usage: base/series.sh BASE_DIR OUT_DIR
#
# Works in a small repository that holds only the files that a patch touches.
set -eu
. "$(dirname "$0")/lib.sh"

src=${1:?base kernel source directory} dst=${2:?output directory}
src=$(cd "$src" && pwd)
mkdir -p "$dst"
dst=$(cd "$dst" && pwd)
work=$out/series.work
rm -rf "$work"
mkdir -p "$work"

export GIT_AUTHOR_NAME='Linux kdump' GIT_AUTHOR_EMAIL=kdump@localhost
export GIT_COMMITTER_NAME='Linux kdump' GIT_COMMITTER_EMAIL=kdump@localhost
export GIT_AUTHOR_DATE='2026-01-01T00:00:00+0000' GIT_COMMITTER_DATE='2026-01-01T00:00:00+0000'
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null

removed() { grep -v '^#' "$top/base/removed"; }
ours() { cat "$tree/.composed.files"; }
repo() { git -C "$work/repo" "$@"; }

# The base's versions of what will change.
git init -q "$work/repo"
{ removed; ours; sed -n 's|^+++ b/||p' "$top"/base/hooks/*.patch; } | sort -u |
while read -r f; do
	if [ -e "$src/$f" ]; then echo "$f"; fi
done >"$work/touched"
rsync -a -r --files-from="$work/touched" "$src/" "$work/repo/"
repo add -Af .
repo commit -q -m base
base_commit=$(repo rev-parse HEAD)

ours >"$work/left"
subject='' text=''

# A * does not cross a /, but for one that ends a pattern after a /.
same_depth() {
	case $2 in */\*) return 0 ;; esac
	[ "$(echo "$1" | tr -cd /)" = "$(echo "$2" | tr -cd /)" ]
}

take_files() {
	: >"$work/taken"
	for pattern in "$@"; do
		while read -r f; do
			# shellcheck disable=SC2254 # it is a pattern
			case $f in
			$pattern) if same_depth "$f" "$pattern"; then echo "$f" >>"$work/taken"; fi ;;
			esac
		done <"$work/left"
	done
	[ -s "$work/taken" ] || return 0
	sort -u -o "$work/taken" "$work/taken"
	rsync -rlp --files-from="$work/taken" "$tree/" "$work/repo/"
	grep -vxFf "$work/taken" "$work/left" >"$work/still" || true
	mv "$work/still" "$work/left"
}

finish_patch() {
	[ -n "$subject" ] || return 0
	repo add -Af .
	repo diff --cached --quiet && die "the patch '$subject' has nothing in it"
	printf '%s\n%s' "$subject" "$text" | repo commit -q -F -
	subject='' text=''
}

set -f
while IFS= read -r line; do
	case $line in
	"#"*|"") [ -n "$subject" ] && text="$text
" ;;
	"    "*) text="$text
${line#    }" ;;
	"patch "*) finish_patch; subject=${line#patch } ;;
	remove)	removed | while read -r f; do rm -rf "$work/repo/${f:?}"; done ;;
	"files "*) take_files ${line#files } ;;
	"hook "*)
		finish_patch
		repo am -q --keep-non-patch "$(set +f; ls "$top"/base/hooks/"${line#hook }"-*.patch)" ;;
	*) die "base/series has a line that is none: $line" ;;
	esac
done <"$top/base/series"
finish_patch
set +f
[ -s "$work/left" ] && die "base/series names no patch for: $(paste -sd' ' "$work/left")"

rm -f "$dst"/*.patch
repo format-patch -q --cover-letter --no-signature --zero-commit -o "$dst" "$base_commit"
cover=$dst/0000-cover-letter.patch
awk -v version="$(sed -n 's/^SUBLEVEL = /6.12./p' "$src/Makefile")" '
	/^Subject:/ { sub(/\*\*\* SUBJECT HERE \*\*\*/, "kexec and kdump anew for Linux 6.12.y") }
	/^\*\*\* BLURB HERE \*\*\*$/ {
		print "This series replaces the kexec and crash dump code of Linux 6.12 on x86_64."
		print "Every contract with user space stays: system calls, command line, sysfs,"
		print "/proc/vmcore, VMCOREINFO, what kexec-tools, gdb, crash, drgn and"
		print "makedumpfile expect. Other architectures lose kexec until they are ported;"
		print "they build, with VMCOREINFO for /proc/kcore."
		print ""
		print "In the order of the layers: files without state, core, x86, capture side,"
		print "tests, documentation, each followed by its hooks into files that stay. The"
		print "old code goes in one step, so the tree builds at the first patch and at"
		print "the end, not in between. Made against " version "."
		print ""
		print "How it works and why: Documentation/kdump/design.rst."
		next
	}
	{ print }' "$cover" >"$work/cover"
mv "$work/cover" "$cover"
rm -rf "$work"
echo "    $(ls "$dst" | wc -l) files in ${dst#"$top"/}"
