# SPDX-License-Identifier: GPL-2.0-only
# What the scripts of base/ share: places, messages, the compiler cache. Source it.
#
# Nothing here names a machine: caches live below ${XDG_CACHE_HOME:-$HOME/.cache}/kdump, all
# that is built below out/ in the checkout.

top=${top:-$(cd "$(dirname "$0")/.." && pwd)}
out=$top/out
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kdump
tree=$out/linux
me=${0##*/}

say() { echo "==> $*"; }
die() { echo "$me: $*" >&2; exit 1; }

# make and kbuild take no such paths.
case $top$cache in
*[[:space:]:]*) die "'$top' or '$cache' has a blank or a colon in it, which kbuild refuses: move the checkout, or set XDG_CACHE_HOME" ;;
esac
# What another user left, root by custom, can not be refreshed.
for d in "$cache" "$out"; do
	if [ -e "$d" ] && [ ! -w "$d" ]; then
		die "$d is not writable for $(id -un), it belongs to $(stat -c %U "$d"): remove it, give it to $(id -un), or run this as $(stat -c %U "$d")"
	fi
done

# A user's PATH lacks what installs there (mke2fs, debootstrap). Nothing built is a secret,
# and who has umask 077 could not read what root makes for him.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
umask 022

# can_be_root WHAT: say so while the terminal still sees it, before output goes to a log
can_be_root() {
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		die "$1 needs root, and there is no sudo: run this as root, or install sudo"
}

as_root() {
	can_be_root "'$*'"
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -- "$@"
	fi
}

# apt_get ARGUMENT...: a mirror that hangs, or another apt that does, must not hang us.
apt_get() {
	as_root timeout -k 30 20m env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$@" </dev/null
}

# apt_update LOG: refresh apt's lists, once. One of several mirrors may be away or in the middle of
# its own update; whether what is wanted was on it, the installation will tell.
apt_update() {
	[ -z "${apt_updated-}" ] || return 0
	apt_updated=1
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		echo "$me: apt-get update needs root, and there is no sudo: going on with the lists there are" >&2
		return 0
	fi
	apt_get update >>"$1" 2>&1 ||
		echo "$me: apt-get update was not complete (see $1): going on with the lists there are" >&2
}

# A kernel is not built with the options of the make that runs this.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
jobs=$(($(nproc) + 1))

# The same object for the same text, in whatever directory the checkout stands: the build
# directory is a child of the tree, so kbuild's paths are relative, and file-prefix-map
# keeps the absolute rest out of the debug information.
export CCACHE_DIR="$cache/ccache" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=10G
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026'
export KBUILD_BUILD_USER=kdump KBUILD_BUILD_HOST=localhost KBUILD_BUILD_VERSION=1
export LC_ALL=C

# for_arch ARCH: what the kernel calls it (karch), the compiler's prefix, what is built and where
# the file lies that a boot loader takes, its fragments (kconfig, a list of words). ARCH is an
# architecture with one of its byte orders.
for_arch() {
	case $1 in
	x86_64)	karch=x86 CROSS_COMPILE='' ktarget=bzImage kimage=arch/x86/boot/bzImage ;;
	ppc64le) karch=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- ktarget=vmlinux kimage=vmlinux ;;
	ppc64)	karch=powerpc CROSS_COMPILE=powerpc64-linux-gnu- ktarget=vmlinux kimage=vmlinux ;;
	*)	die "no port for ARCH=$1; x86_64, ppc64le and ppc64 are what there is" ;;
	esac
	case $1 in
	"$(uname -m)") CROSS_COMPILE='' ;;
	esac
	# The byte order is all that a big-endian kernel has of its own.
	case $1 in
	ppc64)	kconfig="$top/base/config/ppc64le.config $top/base/config/ppc64-be.config" ;;
	*)	kconfig=$top/base/config/$1.config ;;
	esac
	export CROSS_COMPILE
}

# kmake BUILD_DIR MAKE_ARGUMENT...: make in the composed tree
kmake() {
	km_dir=$1
	shift
	make -C "$tree" O="$km_dir" ARCH="${karch:-x86_64}" CC="ccache ${CROSS_COMPILE:-}gcc" HOSTCC="ccache gcc" \
		KCFLAGS="-fdebug-prefix-map=$km_dir=." "$@"
}

# config_sum FRAGMENT...: what the configuration of $tree follows from
config_sum() {
	{
		cat "$@"
		echo "$tree"
		head -n 5 "$tree/Makefile"
		if [ -f "$tree/.composed" ]; then
			cat "$tree/.composed"
			(cd "$tree" && grep -E '(^|/)Kconfig' .composed.files | xargs -r cat)
		fi
	} | sha256sum
}

# configure BUILD_DIR FRAGMENT...: tinyconfig of $karch (x86_64) with the fragments over it, if that is
# not what is there already. What a fragment asks for and Kconfig does not grant is an error.
configure() {
	cf_dir=$1
	shift
	mkdir -p "$cf_dir"
	cf_sum=$(config_sum "$@")
	[ -f "$cf_dir/.config" ] && [ "$(cat "$cf_dir/.fragments" 2>/dev/null)" = "$cf_sum" ] &&
		return 0
	rm -f "$cf_dir/.fragments"
	# merge_config.sh keeps a scratch file where it runs, which must not be a source tree.
	{
		kmake "$cf_dir" -s tinyconfig &&
		(cd "$cf_dir" && "$tree/scripts/kconfig/merge_config.sh" -m -O "$cf_dir" \
			"$cf_dir/.config" "$@") &&
		kmake "$cf_dir" -s olddefconfig
	} >"$cf_dir/config.log" 2>&1 || {
		tail -n 5 "$cf_dir/config.log" >&2
		die "configuration failed; all of it is in $cf_dir/config.log"
	}
	cat "$@" |
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p; s/^# \(CONFIG_[A-Z0-9_]*\) is not set/\1/p' |
	sort -u | while read -r o; do
		want=$(cat "$@" | grep -E "^(# )?${o}[= ]" | tail -n 1)
		case $want in
		"#"*)	! grep -q "^$o=" "$cf_dir/.config" || echo "$o is set, the fragments switch it off" ;;
		*)	grep -qxF "$want" "$cf_dir/.config" || echo "$want is not granted" ;;
		esac
	done >"$cf_dir/config.differs"
	if [ -s "$cf_dir/config.differs" ]; then
		cat "$cf_dir/config.differs" >&2
		die "the configuration in $cf_dir is not what base/config asks for"
	fi
	echo "$cf_sum" >"$cf_dir/.fragments"
}

# counted LOG WHAT COMMAND...: run it, its output to LOG, a count of its objects to the
# terminal (every second there, every half minute into a file).
counted() {
	ct_log=$1 ct_what=$2
	shift 2
	mkdir -p "$(dirname "$ct_log")"
	ct_last=$(cat "$ct_log.count" 2>/dev/null || echo 0)
	ct_t0=$(date +%s)
	ct_about=
	[ "$ct_last" -gt 0 ] && ct_about=" of about $ct_last"
	"$@" >"$ct_log" 2>&1 &
	ct_pid=$!
	ct_next=30
	while kill -0 $ct_pid 2>/dev/null; do
		sleep 1
		ct_s=$(($(date +%s) - ct_t0))
		ct_n=$(grep -cE '^  (CC|AS|HOSTCC|LDS|LD)' "$ct_log" || true)
		if [ -t 1 ]; then
			printf '\r    %s: %s%s objects, %d:%02d ' "$ct_what" "$ct_n" "$ct_about" \
				$((ct_s / 60)) $((ct_s % 60))
		elif [ $ct_s -ge $ct_next ]; then
			printf '    %s: %s%s objects, %d:%02d\n' "$ct_what" "$ct_n" "$ct_about" \
				$((ct_s / 60)) $((ct_s % 60))
			ct_next=$((ct_next + 30))
		fi
	done
	[ -t 1 ] && printf '\r%70s\r' ''
	if ! wait $ct_pid; then
		tail -n 15 "$ct_log" >&2
		echo "$me: $ct_what failed; all of it is in $ct_log" >&2
		return 1
	fi
	ct_n=$(grep -cE '^  (CC|AS|HOSTCC|LDS|LD)' "$ct_log" || true)
	# An incremental run says nothing about how long the next full one is.
	[ "$ct_n" -gt "$ct_last" ] && echo "$ct_n" >"$ct_log.count"
	return 0
}
