# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Stand-in guests: for airtap a domain like any other, but instead of QEMU a small
# process (pump.py) holds the device, and a machine (machine.sh) with a Linux stack is
# behind it as eth0, with the guest's MAC. Up in two seconds instead of ten, and it can
# run any client there is. Sourced by lab.sh, inside the testbed.

# hook NAME EVENT SUB: as libvirt calls it, with the XML of standin_up.
hook() { /usr/sbin/airtap-hook "$1" "$2" "$3" - <"$lab/$1.xml"; }

# standin_device NAME: the device airtap makes for it.
standin_device() { echo "airtap-$1"; }

# standin_define NAME MAC MODE [ATTRIBUTE...]: the domain; attributes as in nic_metadata.
standin_define() {
  domain_xml "$1" "$(nic_xml "$2" "$(standin_device "$1")" ua-lan)" \
    "$(nic_metadata ua-lan "$3" "${*:4}")" >"$lab/$1.xml"
  echo "$2" >"$lab/$1.mac"
}

# standin_start NAME: as `virsh start` would. The machine behind it is a new one.
standin_start() {
  local name=$1 device node uuid
  device=$(standin_device "$name")
  machine_up "$name" || return
  ip -n "$name" tuntap add eth0 mode tap vnet_hdr
  ip -n "$name" link set eth0 address "$(cat "$lab/$name.mac")"
  hook "$name" prepare begin || return
  node=/dev/net/tun
  [[ -e /sys/class/net/$device/tun_flags ]] || node=/dev/tap$(cat "/sys/class/net/$device/ifindex")
  uuid=$(sed -n 's:.*<uuid>\(.*\)</uuid>.*:\1:p' "$lab/$name.xml")
  rm -f "$lab/pump-$name.ready"
  # shellcheck disable=SC2086  # words
  nsenter --net="/run/netns/$name" ${standin_pump:-python3 /testbed/pump.py} "$uuid" 5 "$device" \
    5<>"$node" </dev/null >"$lab/pump-$name.ready" 2>>"/results/$AIRTAP_CASE.$name.log" &
  # The same pid: nsenter becomes the pump. airtap reads the file libvirt would write.
  mkdir -p /run/libvirt/qemu
  echo $! | tee "$lab/pump-$name.pid" >"/run/libvirt/qemu/$name.pid"
  hook "$name" start begin || return
  wait_for 60 grep -q ready "$lab/pump-$name.ready" || return
  hook "$name" started begin || return
  ip -n "$name" link set eth0 up
}

# standin_up NAME MAC MODE [ATTRIBUTE...]
standin_up() { standin_define "$@" && standin_start "$1"; }

# standin_down NAME: as `virsh destroy` would.
standin_down() {
  stop_pidfile "$lab/pump-$1.pid"
  rm -f "/run/libvirt/qemu/$1.pid"
  hook "$1" release end
  machine_down "$1"
}

# standins_down: all of them, at once.
standins_down() {
  local file name ends=()
  for file in "$lab"/pump-*.pid; do
    [[ -e $file ]] || continue
    name=${file#"$lab"/pump-}
    standin_down "${name%.pid}" &
    ends+=($!)
  done
  ((${#ends[@]} == 0)) || wait "${ends[@]}"
}

# standin_runs NAME: airtap made its device, and the pump holds it.
standin_runs() { kill -0 "$(cat "$lab/pump-$1.pid")" && ip link show "$(standin_device "$1")"; }

# standins_up SPEC...: several at once, as libvirt does; SPEC is the arguments of
# standin_up in one word. A case is of no use without its guests and ends.
standins_up() {
  local spec starts=()
  for spec in "$@"; do
    # shellcheck disable=SC2086  # split on purpose
    standin_up $spec &
    starts+=($!)
  done
  wait "${starts[@]}"
  for spec in "$@"; do
    check "${spec%% *} starts" standin_runs "${spec%% *}" || exit 1
  done
}
