#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Something that takes the network's time rather than ours: start it, and wait for it later.
#
# usage: base/background.sh start NAME	begin what NAME stands for (clients-root)
#	 base/background.sh wait NAME	return when it has ended; not started: do it now
#
# It does not fail: who needs the result finds out, and says so. Nothing is waited for longer
# than its minutes, and one more.
set -u
. "$(dirname "$0")/lib.sh"
minutes=15
name=${2:?name} mark=$out/background/$2

work() {
	case $name in
	clients-root)
		root=$cache/trixie
		[ -e "$root/.complete" ] && return
		mkdir -p "$cache"
		# It has a limit of its own, of so many minutes.
		as_root "$top/tools/testing/selftests/kexec/clients-root.sh" "$root" ||
			echo "$me: $name failed with status $?" ;;
	*) die "nothing is called $name" ;;
	esac
}

mkdir -p "$out/background"
case $1 in
start)
	rm -f "$mark.done"
	# Nothing of the caller's stays open: who reads its output must see the end of it.
	(work; touch "$mark.done") >"$mark.log" 2>&1 </dev/null &
	echo $! >"$mark.pid" ;;
wait)
	if [ -f "$mark.pid" ]; then
		until=$(($(stat -c %Y "$mark.pid") + minutes * 60 + 60))
		while [ ! -f "$mark.done" ] && kill -0 "$(cat "$mark.pid")" 2>/dev/null; do
			if [ "$(date +%s)" -ge $until ]; then
				echo "$me: $name is still running after $((minutes + 1)) min: not waited for any more"
				break
			fi
			sleep 1
		done
		cat "$mark.log"
		rm -f "$mark.pid" "$mark.done"
	else
		work
	fi ;;
*) die "usage: background.sh start|wait NAME" ;;
esac
exit 0
