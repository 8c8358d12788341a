#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run one rung of the test ladder, count its lines, and sum rungs up. None runs for ever.
#
# usage: base/rung.sh run NAME COMMAND...	run it; out/check/NAME.{log,result}
#	 base/rung.sh ladder MINUTES NAME...	`make check-NAME` for each, then sum; after
#						MINUTES since out/check/began none is begun
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
# printed no such line, or that failed without a "not ok", counts as one failure; so does one
# that was not finished in its time or was never begun.
set -u
. "$(dirname "$0")/lib.sh"
results=$out/check

# Minutes that a rung may take: some times what it takes on two slow cores with empty caches.
minutes_of() {
	case $1 in
	build)		echo 30 ;;
	host|kunit)	echo 8 ;;
	clients)	echo 10 ;;
	filter)		echo 12 ;;
	qemu)		echo 30 ;;
	tree)		echo 25 ;;
	full-qemu)	echo 50 ;;
	full-debug)	echo 100 ;;
	full-filter)	echo 80 ;;
	ppc64le)	echo 15 ;;
	full-configs)	echo 80 ;;
	full-ppc64le)	echo 120 ;;
	*)		echo 30 ;;
	esac
}
# Beside which it may take this long for what it needs: packages, the clients' root, a kernel.
preparation_of() {
	case $1 in
	full-*)		echo 60 ;;
	*)		echo 20 ;;
	esac
}
# What is running when the ladder's time is up has this long to end.
grace=5

# SLOW=3: a host on which everything may take three times as long
seconds() {
	awk -v m="$1" -v slow="${SLOW:-1}" \
		'BEGIN { printf "%d\n", m * 60 * (slow + 0 > 1 ? slow : 1) }'
}

# Whom the limit ends is found by a mark in the environment: QEMUs and makes in sessions and
# process groups of their own have it too.
marked() { grep -lszxF "$1" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }

end_marked() {
	for signal in TERM KILL; do
		tries=0
		while [ $tries -lt 10 ]; do
			pids=$(marked "$1")
			[ -z "$pids" ] && return
			# shellcheck disable=SC2086 # a list of numbers
			[ $tries -eq 0 ] && kill -$signal $pids 2>/dev/null
			sleep 0.5
			tries=$((tries + 1))
		done
	done
}

# limited VARIABLE SECONDS COMMAND...: its status, or 124 or 137 where the time was not enough;
# what it started is gone then.
limited() {
	lm_mark=$1=$$.$(date +%s) lm_limit=$2
	shift 2
	timeout --foreground -k 10 "$lm_limit" env "$lm_mark" "$@" </dev/null
	lm_status=$?
	end_marked "$lm_mark"
	return $lm_status
}

# The seconds that the ladder has left, or a day where there is none.
left() {
	if [ -n "${KDUMP_UNTIL-}" ]; then
		echo $((KDUMP_UNTIL - $(date +%s)))
	else
		echo 86400
	fi
}

run() {
	name=$1
	shift
	mkdir -p "$results"
	log=$results/$name.log
	rm -f "$results/$name.result"
	most=$(seconds "$(minutes_of "$name")")
	rest=$(left)
	[ "$rest" -lt "$most" ] && most=$rest
	[ "$most" -lt 10 ] && most=10
	say "$name"
	t0=$(date +%s)
	{ limited KDUMP_RUNG "$most" "$@" 2>&1; echo $? >"$results/$name.status"; } | tee "$log"
	status=$(cat "$results/$name.status" 2>/dev/null)
	status=${status:-1}
	rm -f "$results/$name.status"
	took=$(($(date +%s) - t0))
	# A line that was cut off would swallow the next.
	[ -n "$(tail -c 1 "$log")" ] && echo | tee -a "$log"
	if [ $took -ge "$most" ] && { [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; }; then
		echo "not ok $name: not finished after $((most / 60)) min $((most % 60)) s" | tee -a "$log"
	fi
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
	echo "$passed $failed $skipped $took" >"$results/$name.result"
	[ "$failed" -eq 0 ]
}

# lost NAME SECONDS WHY: a rung without a result of its own
lost() {
	echo "not ok $1: $3" | tee -a "$results/$1.log"
	echo "0 1 0 $2" >"$results/$1.result"
}

ladder() {
	most_min=$1
	shift
	most=$(seconds "$most_min")
	mkdir -p "$results"
	[ -s "$results/began" ] || date +%s >"$results/began"
	began=$(cat "$results/began")
	export KDUMP_UNTIL=$((began + most + $(seconds $grace)))
	for name in "$@"; do
		t0=$(date +%s)
		if [ $((t0 - began)) -ge "$most" ]; then
			lost "$name" 0 "not begun: $(((t0 - began) / 60)) min had passed, $((most / 60)) is the limit"
			continue
		fi
		limit=$(seconds $(($(minutes_of "$name") + $(preparation_of "$name"))))
		rest=$(left)
		[ "$rest" -lt "$limit" ] && limit=$rest
		# The rung's own limit comes first, and says more.
		limited KDUMP_LADDER $((limit + 60)) make check-"$name"
		[ -f "$results/$name.result" ] && continue
		took=$(($(date +%s) - t0))
		if [ $took -ge "$limit" ]; then
			lost "$name" $took "what it needs was not ready after $((took / 60)) min $((took % 60)) s"
		else
			lost "$name" $took "it did not run: what it needs failed, see above"
		fi
	done
	sum "$@"
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
run|ladder|sum) "$@" ;;
*) die "usage: rung.sh run NAME COMMAND... | ladder MINUTES NAME... | sum NAME..." ;;
esac
