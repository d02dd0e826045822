# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Callers of airtap-bridge-helper: a user without privileges, a libvirtd of that
# user's own, and QEMU run by hand. Sourced by the cases that want it.

helper=/usr/sbin/airtap-bridge-helper
user=alice
home=/home/$user
user_run=/run/user/1000

# helper_ready NAME...: what an administrator does; the names may be used.
helper_ready() {
  useradd -m -u 1000 -s /bin/bash $user
  install -d -o $user -g $user -m 700 $user_run $home/.config/libvirt $home/.cache/libvirt/qemu
  chmod u+s $helper
  mkdir -p /etc/qemu
  printf 'allow %s\n' "$@" >/etc/qemu/bridge.conf
  chmod 666 /dev/net/tun
}

# An environment of the user's, and nothing of this shell's.
as_user=(setpriv --reuid $user --regid $user --init-groups --reset-env
  env XDG_RUNTIME_DIR=$user_run HOME=$home PATH=/usr/sbin:/usr/bin:/sbin:/bin)

# session COMMAND...: virsh on the user's own libvirtd.
session() { timeout 90 "${as_user[@]}" virsh -q -c qemu:///session "$@"; }

session_start() {
  cat >$home/.config/libvirt/libvirtd.conf <<EOF
log_outputs = "2:file:$home/libvirtd.log"
EOF
  cat >$home/.config/libvirt/qemu.conf <<EOF
bridge_helper = "$helper"
stdio_handler = "file"
security_driver = "none"
capability_filters = [ "cpu-unavailable-features" ]
EOF
  if [[ -d /testbed/capabilities ]]; then
    cp -r /testbed/capabilities $home/.cache/libvirt/qemu/capabilities
  fi
  rm -f /usr/bin/qemu-system-i386
  chown -R $user: $home
  "${as_user[@]}" libvirtd -d -p $user_run/libvirtd.pid -f $home/.config/libvirt/libvirtd.conf
  wait_for 60 session version
}

session_stop() {
  local name
  for name in $(session list --name); do session destroy "$name"; done
  stop_pidfile $user_run/libvirtd.pid
  cp $home/libvirtd.log "/results/$AIRTAP_CASE.session-libvirtd.log"
  cp $home/*.serial.log /results/ 2>/dev/null
  return 0
}

# session_define NAME MAC BRIDGE: a guest of the user's with one NIC.
session_define() {
  domain_xml "$1" "<interface type='bridge'><mac address='$2'/><source bridge='$3'/><model type='virtio'/></interface>" |
    sed "s,/var/log/libvirt/qemu,$home," >"$lab/$1.xml"
  chmod 644 "$lab/$1.xml"
  session define "$lab/$1.xml"
}

# qemu_run NAME MAC NETDEV [DEVICE]: QEMU by hand, as the user; its pid is in
# $lab/NAME.pid, what it said in $lab/NAME.err.
qemu_run() {
  "${as_user[@]}" qemu-system-x86_64 -accel tcg -m 64 -display none -monitor none -nodefaults \
    -serial "file:$home/$1.serial.log" -boot n -netdev "$3,id=n" \
    -device "virtio-net-pci,netdev=n,mac=$2${4:+,$4}" </dev/null >"$lab/$1.err" 2>&1 &
  echo $! >"$lab/$1.pid"
}

# The device that airtap made for the guest with this MAC, by what `airtap status` says.
device_of() { airtap status --json | jq -r --arg mac "$1" '.nics[] | select(.mac == $mac) | .target'; }

no_guest() { [[ ! -e /run/airtap || -z $(ls /run/airtap) ]]; }
no_process() { ! pgrep -f 'airtap/bridge-|airtap-bridge-' >/dev/null; }

# check_ended WHAT HOW...: guests that end so (ended.py) leave no record and no process after a second.
check_ended() {
  local took
  took=$(python3 /testbed/ended.py "${@:2}")
  check "$1: record and process are gone within a second ($took ms)" within 1000 "$took"
}
