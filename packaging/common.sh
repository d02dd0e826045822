# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shared by the build scripts: a copy of the sources, and a root file system of a release to build
# in. Sourced, never run.

packaging_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$packaging_dir/../tests/testbed/common.sh"
. "$testbed_dir/mirror.sh"

# copy_sources DIR: what git knows of this checkout, as it is now; everything but builds without git.
copy_sources() {
  local list=(git -C "$source_dir" -c safe.directory='*' ls-files -z --cached)
  mkdir -p "$1"
  if "${list[@]}" >/dev/null 2>&1; then
    # A file that is deleted but still known is not there to be copied.
    "${list[@]}" | (cd "$source_dir" && while IFS= read -r -d '' file; do
      [[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"
    done) | tar -C "$source_dir" --null -T - -cf - | tar -C "$1" -xf -
  else
    tar -C "$source_dir" --exclude=./build --exclude=./.git -cf - . | tar -C "$1" -xf -
  fi
}

# build_root PACKAGES CONTROL: prints a directory with a Debian $release, the packages, and the
# build dependencies of a debian/control; "/" where that is this machine, after installing them.
build_root() {
  local packages=$1 control=$2 target work options=() line
  if [[ $release == "$own_release" && -z ${AIRTAP_BUILD_IN_ROOT-} ]]; then
    install_here "$packages" "$control"
    echo /
    return
  fi
  (($(id -u) == 0)) || skip_all "a build for another release than this machine's takes root"
  type mmdebstrap >/dev/null 2>&1 || skip_all "mmdebstrap is missing (see build-deps.list)"
  target=$cache_home/build-$release-$({ echo "$packages"; grep -v '^#' "$control"; } | sha256sum | cut -c1-12)
  if [[ ! -e $target/complete ]]; then
    say "making a Debian $release root file system to build in (once; a few minutes)"
    work=$target.$$
    mkdir -p "$work/sources"
    apt_sources "$work/sources"
    while IFS= read -r line; do options+=(--aptopt="$line"); done < <(apt_options)
    # shellcheck disable=SC2016  # $1 is the hook's
    mmdebstrap --mode=root --variant=buildd --quiet "${options[@]}" \
      --include="${packages// /,}" \
      --customize-hook="mkdir -p \"\$1\"/tmp/s/debian; cp '$control' \"\$1\"/tmp/s/debian/control" \
      --customize-hook='chroot "$1" sh -ec "cd /tmp/s; apt-get -qy build-dep --no-install-recommends ."' \
      --customize-hook='rm -r "$1"/tmp/s' \
      "$release" "$work/root" "$work/sources"/* >"$work/log" 2>&1 || {
      tail -n 20 "$work/log" >&2
      die "mmdebstrap failed, its whole output is in $work/log"
    }
    touch "$work/complete"
    rm -rf "$target"
    mv "$work" "$target"
  fi
  echo "$target/root"
}

install_here() {
  local packages=$1 control=$2 missing=()
  local package tree
  for package in $packages; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
  done
  if ((${#missing[@]} == 0)) && dpkg-checkbuilddeps "$control" 2>/dev/null; then return; fi
  (($(id -u) == 0)) || die "packages to build with are missing; run this once with sudo"
  say "installing what the build needs"
  tree=$(mktemp -d)
  mkdir "$tree/debian"
  cp "$control" "$tree/debian/control"
  { apt-get update -q &&
    { ((${#missing[@]} == 0)) || DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"; } &&
    DEBIAN_FRONTEND=noninteractive apt-get build-dep -qy --no-install-recommends "$tree"; } >"$tree/log" 2>&1 ||
    { tail -n 20 "$tree/log" >&2; die "apt-get failed"; }
  rm -rf "$tree"
}

# in_root ROOT DIR PLACE COMMAND...: runs a command in a root file system with DIR at /usr/src/PLACE
# and $CCACHE_DIR, if set, at /usr/src/ccache; without a network, with nobody's environment.
in_root() {
  local root=$1 dir=$2 place=$3 map=()
  shift 3
  (($(id -u) == 0)) || map=(--map-root-user)
  # shellcheck disable=SC2016  # the inner shell's
  unshare "${map[@]}" --mount --net --pid --fork --kill-child sh -ec '
    root=$1 dir=$2 place=$3
    shift 3
    mount -t tmpfs -o mode=755 tmpfs "$root/usr/src"
    mkdir -p "$root/usr/src/$place"
    mount --bind "$dir" "$root/usr/src/$place"
    if [ -n "${CCACHE_DIR-}" ]; then
      mkdir -p "$CCACHE_DIR" "$root/usr/src/ccache"
      mount --bind "$CCACHE_DIR" "$root/usr/src/ccache"
    fi
    mount -t proc proc "$root/proc"
    if [ "$root" != / ]; then
      mount --rbind /dev "$root/dev"
      mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    fi
    cd "$root/usr/src/$place"
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/nonexistent TERM=dumb "$@"
  ' sh "$root" "$dir" "$place" chroot "$root" env -C "/usr/src/$place" "$@"
}
