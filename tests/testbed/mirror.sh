# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where Debian's packages come from, for root file systems of any release. Sourced after common.sh.

# The machine's own Debian sources, whatever mirror they name, with the release
# replaced where another one was asked for. Other people's repositories stay out.
apt_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*debian*; do
    [[ -f $file && ($file == *.list || $file == *.sources) ]] || continue
    sed -E "s/\b$own_release\b/$release/g" "$file" >"$1/$(basename "$file")"
  done
  compgen -G "$1/*" >/dev/null ||
    skip_all "no Debian source in /etc/apt/sources.list or sources.list.d/*debian*"
}

# How this machine reaches its mirror (proxy, a snapshot whose Release file is
# old) is apt configuration; mmdebstrap starts from none.
apt_options() {
  apt-config dump | grep -E \
    '^Acquire::(Check-Valid-Until|Check-Date|Retries|https?::(Proxy|CaInfo|Timeout)) ' || true
}
