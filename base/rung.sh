#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run one rung of the test ladder, count its lines, and sum rungs up.
#
# usage: base/rung.sh run NAME COMMAND...	run it; out/check/NAME.{log,result}
#	 base/rung.sh sum NAME...		table of minutes; last line "N passed, N failed"
#
# What a test prints, wherever it lives and whatever it is written in, one line a test,
# at the start of a line:
#
#	ok NAME (SECONDS)		anything may follow
#	not ok NAME: why
#	skip NAME: why
#
# NAME has no blanks. Lines of other forms are for people ("# ..." by custom). A rung that
# printed no such line, or that failed without a "not ok", counts as one failure.
set -u
. "$(dirname "$0")/lib.sh"
results=$out/check

run() {
	name=$1
	shift
	mkdir -p "$results"
	log=$results/$name.log
	rm -f "$results/$name.result"
	say "$name"
	t0=$(date +%s)
	{ "$@" 2>&1; echo $? >"$results/$name.status"; } | tee "$log"
	status=$(cat "$results/$name.status" 2>/dev/null)
	status=${status:-1}
	rm -f "$results/$name.status"
	passed=$(grep -c '^ok ' "$log")
	failed=$(grep -c '^not ok ' "$log")
	skipped=$(grep -c '^skip ' "$log")
	if [ "$failed" -eq 0 ] && [ "$status" -ne 0 ]; then
		failed=1
		echo "not ok $name: ended with status $status" | tee -a "$log"
	elif [ $((passed + failed + skipped)) -eq 0 ]; then
		failed=1
		echo "not ok $name: printed no test result" | tee -a "$log"
	fi
	echo "$passed $failed $skipped $(($(date +%s) - t0))" >"$results/$name.result"
	[ "$failed" -eq 0 ]
}

sum() {
	passed=0 failed=0 skipped=0 total=0
	echo
	printf '  %-14s %8s %7s %7s %8s\n' rung minutes passed failed skipped
	for name in "$@"; do
		if ! read -r p f s t <"$results/$name.result"; then
			p=0 f=1 s=0 t=0
			echo "not ok $name: it did not run"
		fi 2>/dev/null
		printf '  %-14s %8s %7d %7d %8d\n' "$name" \
			"$(printf '%d.%d' $((t / 60)) $((t % 60 / 6)))" "$p" "$f" "$s"
		passed=$((passed + p)) failed=$((failed + f))
		skipped=$((skipped + s)) total=$((total + t))
	done
	began=$(cat "$results/began" 2>/dev/null || echo 0)
	[ "$began" -gt 0 ] && total=$(($(date +%s) - began))
	printf '  %-14s %8s\n\n' "all" "$(printf '%d.%d' $((total / 60)) $((total % 60 / 6)))"
	for name in "$@"; do
		grep '^not ok ' "$results/$name.log" 2>/dev/null
	done
	line="$passed passed, $failed failed"
	[ "$skipped" -gt 0 ] && line="$line, $skipped skipped"
	echo "$line" | tee "$results/summary"
	[ "$failed" -eq 0 ]
}

case ${1-} in
run|sum) "$@" ;;
*) die "usage: rung.sh run NAME COMMAND... | sum NAME..." ;;
esac
