# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Settings and messages shared by the scripts that run OUTSIDE the testbed's
# machine. Sourced, never run.

testbed_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034  # read by whoever sources this
source_dir=$(cd "$testbed_dir/../.." && pwd)

# The one word that chooses another Debian release than this machine's.
own_release=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
release=${AIRTAP_TESTBED_RELEASE:-$own_release}

# Everything slow to make lives here, and is only ever made once per content.
cache_home=${XDG_CACHE_HOME:-/var/cache}/airtap-testbed

# sh: shows a line on stderr with the time since the script started, so that
# whoever waits can see that something moves and what.
say() {
  printf '%s[%4ds]%s %s\n' "${dim-}" "$SECONDS" "${plain-}" "$*" >&2
}

die() {
  printf 'testbed: %s\n' "$*" >&2
  exit 1
}

# CTest reads 77 as "skipped": the testbed cannot run here, which says nothing
# about airtap.
skip_all() {
  printf 'testbed: cannot run here: %s\n' "$*" >&2
  exit 77
}

# Colours only for people.
if [[ -t 2 && -z ${NO_COLOR-} ]]; then
  dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  # shellcheck disable=SC2034
  dim='' red='' green='' plain=''
fi

# packages_of LIST: the packages of a *.list file that apply to $release.
packages_of() {
  awk -v release="$release" \
    '!/^[[:space:]]*(#|$)/ && (NF == 1 || $2 == release) { print $1 }' "$1"
}

# stage_tree BUILD STAGE CASE...: fills STAGE with an install tree of airtap.
stage_tree() {
  local build=$1 stage=$2
  shift 2
  if [[ " $* " == *" package "* ]]; then
    # This case installs airtap itself.
    stage_packages "$stage/packages"
  elif [[ -n ${AIRTAP_STAGE-} ]]; then
    cp -a "$AIRTAP_STAGE"/. "$stage"
  elif [[ $release != "$own_release" && $* != selftest ]]; then
    # Programs of this machine's libraries would not run there, those of a package built there do.
    local packages
    packages=$("$source_dir/packaging/build-deb" --release "$release" --no-lintian --if-changed) || exit
    dpkg-deb -x "$packages"/airtap_*.deb "$stage"
    # /lib is a symlink on Debian; a directory here would hide it in the overlay.
    [[ ! -d $stage/lib ]] || { cp -a "$stage/lib" "$stage/usr/" && rm -r "$stage/lib"; }
  elif [[ -e $build/cmake_install.cmake ]]; then
    DESTDIR=$stage cmake --install "$build" --prefix /usr >"$stage.log" 2>&1 ||
      { tail -n 20 "$stage.log" >&2; die "cmake --install $build failed"; }
  elif [[ $* != selftest ]]; then
    die "nothing to test: no build in $build (tests/try builds it)"
  fi
}

# stage_packages DIR: airtap as a package for $release, and once more as an older version of itself.
stage_packages() {
  local built old=$1/old
  mkdir -p "$1"
  built=$("$source_dir/packaging/build-deb" --release "$release" --no-lintian --if-changed) || exit
  cp "$built"/airtap_*.deb "$1/new.deb"
  dpkg-deb -R "$1/new.deb" "$old"
  sed -i 's/^Version: .*/Version: 0.0.1/' "$old/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$old" "$old.deb" >/dev/null
  rm -r "$old"
}
