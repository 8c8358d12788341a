#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Make the Debian 13 root that holds today's readers of a dump.
#
# crash, drgn, makedumpfile and a kexec-tools newer than the host's come from
# Debian 13, unmodified. They live in a root of their own, so the host may be
# any Debian from 12 on. The mirror is the one that this machine's own apt
# uses; nothing about it is written down in the project.
#
# Usage: clients-root.sh ROOT
# A complete root carries the file ROOT/.complete; then nothing is done.
set -eu

root=${1:?usage: clients-root.sh ROOT}
suite=trixie
packages="crash python3-drgn kexec-tools makedumpfile gdb"

[ -e "$root/.complete" ] && exit 0

. /etc/os-release
mirror=$(apt-get indextargets --format '$(SITE)' \
	'Created-By: Packages' "Codename: ${VERSION_CODENAME:-none}" | sort -u |
	head -n 1)
if [ -z "$mirror" ]; then
	echo "clients-root: apt names no mirror for ${VERSION_CODENAME:-this release}; add one to its sources" >&2
	exit 1
fi
proxy=
eval "$(apt-config shell proxy Acquire::http::Proxy)"
if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then
	export http_proxy="$proxy"
fi

if [ "$(id -u)" -ne 0 ]; then
	echo "clients-root: needs root (debootstrap and chroot); run it with sudo" >&2
	exit 1
fi

# A root that was cut off halfway is of no use to debootstrap: begin again.
building=$root.building
for dir in proc dev; do
	mountpoint -q "$building/$dir" && umount "$building/$dir"
done
rm -rf --one-file-system "$building"
mkdir -p "$building"

echo "clients-root: debootstrap $suite (half a minute to a few, once)"
debootstrap --variant=minbase "$suite" "$building" "$mirror" \
	> "$building.log" 2>&1 || {
	tail -n 5 "$building.log" >&2
	echo "clients-root: debootstrap failed, log in $building.log" >&2
	exit 1
}

# No service starts in there, and nothing asks a question.
printf '#!/bin/sh\nexit 101\n' > "$building/usr/sbin/policy-rc.d"
chmod 755 "$building/usr/sbin/policy-rc.d"
echo force-unsafe-io > "$building/etc/dpkg/dpkg.cfg.d/unsafe-io"

echo "clients-root: installing $packages"
mount -t proc proc "$building/proc"
trap 'umount "$building/proc"' EXIT
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$building" apt-get install \
	-qq -y --no-install-recommends $packages >> "$building.log" 2>&1 || {
	tail -n 5 "$building.log" >&2
	echo "clients-root: installation failed, log in $building.log" >&2
	exit 1
}
umount "$building/proc"
trap - EXIT
chroot "$building" apt-get clean
touch "$building/.complete"
rm -rf --one-file-system "$root"
mv "$building" "$root"
echo "clients-root: $root is complete"
