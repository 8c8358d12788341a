# SPDX-License-Identifier: GPL-2.0-only
# Result lines for tests in shell; base/rung.sh says what they look like. Source it with
# $top set.
. "$top/base/lib.sh"
bad=0

ok() { echo "ok $1 ($2)"; }
not_ok() { echo "not ok $1: $2"; bad=$((bad + 1)); }
skip() { echo "skip $1: $2"; }
finish() { [ "$bad" -eq 0 ]; exit; }

# check NAME COMMAND...: what it prints is shown; its status is the verdict
check() {
	ck_name=$1
	shift
	ck_t0=$(date +%s)
	if "$@"; then
		ok "$ck_name" $(($(date +%s) - ck_t0))
	else
		not_ok "$ck_name" "$* ended with status $?"
	fi
}

# judge NAME FILE COMMAND...: every line that it prints is a complaint; first ones shown
judge() {
	jd_name=$1 jd_file=$2
	shift 2
	mkdir -p "$(dirname "$jd_file")"
	jd_t0=$(date +%s)
	"$@" >"$jd_file" 2>&1
	jd_status=$?
	if [ -s "$jd_file" ]; then
		head -n 20 "$jd_file" | sed 's/^/# /'
		not_ok "$jd_name" "$(wc -l <"$jd_file") lines, the first: $(head -n 1 "$jd_file")"
	elif [ $jd_status -ne 0 ]; then
		not_ok "$jd_name" "ended with status $jd_status"
	else
		ok "$jd_name" $(($(date +%s) - jd_t0))
	fi
}
