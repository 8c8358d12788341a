#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# No file of the project knows the machine that it was written on: no home directories, no
# absolute caches, no package mirrors.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/base/test/lib.sh"
cd "$top" || exit 1

# Written so that this file does not hold what it looks for.
words() {
	git grep -nIE -e '(^|[^A-Za-z0-9_.$}/])/(ro''ot|wo''rk|ho''me)/' \
		-e 'deb[.]deb''ian[.]org|ftp[.].*deb''ian[.]org|security[.]deb''ian' \
		-e 'py''pi[.]org|files[.]python''hosted|regis''try[.]npm|ghcr[.]''io' -- . ':!COPYING'
	true
}

judge words "$out/check/words" words
finish
