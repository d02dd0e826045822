# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/survive inside the machine, for the cases survive and survive-more.
. /testbed/survive/params

# survive_start: a station, and what station guests need.
survive_start() {
  # Thousands of programs are started here, and QEMU translates each anew wherever it is put: half of the time.
  echo 0 >/proc/sys/kernel/randomize_va_space
  lab_start wds
  residue_before
  mkdir -p /etc/airtap/airtap.d /etc/qemu
  printf 'allow airtap-%s\n' ipvtap 4addr >/etc/qemu/bridge.conf
  printf '[station]\ncredentials = "supplicant"\n' >/etc/airtap/airtap.d/station.toml
}

# survive ARGUMENT...: its lines become notes as they come, and its verdict a check.
survive() {
  local status
  # shellcheck disable=SC2154  # lab.sh
  python3 /testbed/survive/survive --here $station "$@" 2>"/results/survive.err" |
    while IFS= read -r line; do note "$line"; done
  status=${PIPESTATUS[0]}
  ((status == 0)) || note "$(tail -n 3 /results/survive.err | paste -sd' ')"
  same "survived: $*" 0 "$status"
}

# survive_mode MODE: killed and failed at its actions, one of so many; and at some of all calls, those that only ask
# among them.
survive_mode() {
  # shellcheck disable=SC2154  # every: of params
  survive --part kill --mode "$1" --actions --every "$every"
  survive --part errors --mode "$1" --actions --every $((every * 3))
  survive --part kill --part errors --mode "$1" --every 40
}
