# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the set-up scripts share: where things are, how they speak, and how a
# Debian package is downloaded without being installed.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$top/build}
# depmod and others are not on the path of every user.
PATH=$PATH:/usr/sbin:/sbin
debs=${CHIMNEY_CACHE:-$build/debs}

say()
{
	echo "chimney: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

# as_root CMD...: with sudo unless root already
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "need root for: $*; become root or install sudo"
	fi
}

# listed KIND: the packages of that kind in the list
listed()
{
	awk -v kind="$1" '$1 == kind { print $2 }' "$top/packages"
}

# The package lists of a fresh machine may be absent or old. Once is enough.
apt_update()
{
	[ -z "${apt_updated:-}" ] || return 0
	apt_updated=1
	say "refreshing the package lists (apt-get update)"
	as_root apt-get -qq update ||
		say "apt-get update had errors, going on with what there is"
}

# deb_uris PKG...: one line each: 'uri' file size hash
deb_uris()
{
	apt-get download --print-uris "$@" 2>/dev/null
}

have_deb()
{
	[ -f "$debs/$1" ] && [ "$(stat -c %s "$debs/$1")" = "$2" ]
}

# Sets the array missing to the packages of the lines on stdin that the
# cache lacks, and all_debs to the files of all.
sort_uris()
{
	local uri file size rest

	missing=()
	all_debs=()
	while read -r uri file size rest; do
		all_debs+=("$debs/$file")
		have_deb "$file" "$size" || missing+=("${file%%_*}")
	done
	: "$uri" "$rest"
}

# fetch_debs PKG...: downloads what is not in the cache yet and sets all_debs
# to the files. Nothing is installed.
fetch_debs()
{
	local uris tmp lock

	mkdir -p "$debs"
	exec {lock}>"$debs/.lock"
	flock "$lock"
	uris=$(deb_uris "$@") || {
		apt_update
		uris=$(deb_uris "$@") ||
			die "apt does not know one of: $*"
	}
	sort_uris <<<"$uris"
	if [ ${#missing[@]} -gt 0 ]; then
		say "downloading, not installing: ${missing[*]}"
		tmp=$(mktemp -d "$debs/.download.XXXXXX")
		if ! download_debs "$tmp" "${missing[@]}"; then
			apt_update
			sort_uris < <(deb_uris "$@")
			download_debs "$tmp" "${missing[@]}" || {
				rm -rf "$tmp"
				die "download failed: ${missing[*]}"
			}
		fi
		mv "$tmp"/*.deb "$debs"
		rm -rf "$tmp"
	fi
	exec {lock}>&-
}

download_debs()
{
	local dir=$1

	shift
	(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$@" >&2)
}

# unpack_deb FILE DIR [tar option...]: its files alone, no scripts; the
# directories /bin, /lib ... may be symbolic links in DIR.
unpack_deb()
{
	local deb=$1 dir=$2

	shift 2
	dpkg-deb --fsys-tarfile "$deb" |
		tar -x -C "$dir" --keep-directory-symlink --no-same-owner "$@"
}
