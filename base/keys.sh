#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Make the keys of the signature tests: one that the test kernels trust, one that nobody knows.
#
# usage: base/keys.sh KEYS_DIR BUILD_DIR...
#
# KEYS_DIR gets trusted.{key,pem} and unknown.{key,pem}; each build directory gets the trusted
# certificate where base/config/sig.config names it. What is there already stays.
set -eu
. "$(dirname "$0")/lib.sh"

keys=${1:?directory for the keys}
shift
mkdir -p "$keys"
for name in trusted unknown; do
	[ -s "$keys/$name.pem" ] && [ -s "$keys/$name.key" ] && continue
	openssl req -new -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 \
		-subj "/CN=kdump test, $name key/" -addext "keyUsage=digitalSignature" \
		-keyout "$keys/$name.key" -out "$keys/$name.pem" 2>"$keys/$name.log" ||
		die "openssl makes no $name key; see $keys/$name.log"
done
for build; do
	mkdir -p "$build/certs"
	cmp -s "$keys/trusted.pem" "$build/certs/kdump-test.pem" ||
		cp "$keys/trusted.pem" "$build/certs/kdump-test.pem"
done
