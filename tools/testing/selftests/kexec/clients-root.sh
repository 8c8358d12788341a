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
# Ends within 15 minutes, whatever the network does; a second run begins anew.
set -eu

minutes=15
root=${1:?usage: clients-root.sh ROOT}
suite=trixie
packages="crash python3-drgn kexec-tools makedumpfile gdb"

[ -e "$root/.complete" ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "clients-root: needs root (debootstrap and chroot); run it with sudo" >&2
	exit 1
fi

# The limit is here and not at the callers, who may not kill what sudo started.
if [ -z "${CLIENTS_ROOT_LIMITED-}" ]; then
	export CLIENTS_ROOT_LIMITED=1
	exec timeout -k 30 ${minutes}m "$0" "$@"
fi

# Who is no root must be able to read it. One at a time makes it; the second
# one finds it made.
umask 022
exec 9>"$root.lock"
if ! flock -w $((minutes * 60 - 60)) 9; then
	echo "clients-root: another clients-root.sh holds $root.lock and does not end: end it" >&2
	exit 1
fi
[ -e "$root/.complete" ] && exit 0

. /etc/os-release
# Other vendors' sites have that codename too; a mirror need not have the label.
site() {
	for label in 'Label: Debian' 'Created-By: Packages'; do
		apt-get indextargets --format '$(SITE)' 'Created-By: Packages' \
			"Codename: ${VERSION_CODENAME:-none}" "$label" | sort -u
	done | head -n 1
}

# Without package lists apt does not know which of its sites has what.
mirror=$(site)
if [ -z "$mirror" ]; then
	apt-get -qq update || true
	mirror=$(site)
fi
if [ -z "$mirror" ]; then
	echo "clients-root: apt names no mirror for ${VERSION_CODENAME:-this release}; add one to its sources" >&2
	exit 1
fi
proxy=
eval "$(apt-config shell proxy Acquire::http::Proxy)"
if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then
	export http_proxy="$proxy"
fi

# A root that was cut off halfway is of no use to debootstrap: begin again.
building=$root.building
unmount() {
	for dir in proc sys dev/pts dev; do
		if mountpoint -q "$building/$dir"; then
			umount "$building/$dir" || umount -l "$building/$dir"
		fi
	done
}
unmount
rm -rf --one-file-system "$building"
mkdir -p "$building"
trap unmount EXIT
trap 'echo "clients-root: ended by a signal or after $minutes min; log in $building.log" >&2
	exit 143' HUP INT TERM

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
mount -t proc proc "$building/proc" || {
	echo "clients-root: cannot mount $building/proc; a container needs CAP_SYS_ADMIN for it" >&2
	exit 1
}
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$building" apt-get install \
	-qq -y --no-install-recommends $packages >> "$building.log" 2>&1 || {
	tail -n 5 "$building.log" >&2
	echo "clients-root: installation failed, log in $building.log" >&2
	exit 1
}
unmount
chroot "$building" apt-get clean
touch "$building/.complete"
rm -rf --one-file-system "$root"
mv "$building" "$root"
echo "clients-root: $root is complete"
