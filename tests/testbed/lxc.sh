# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Containers of libvirt-LXC. One process and a network of its own, which takes the devices it is given; clients
# are started in it from outside. Sourced by cases, inside the machine.

lxc() { timeout 60 virsh -q -c lxc:///system "$@"; }

# lxc_prepare: what libvirt-LXC itself needs of the machine.
lxc_prepare() {
  mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
  modprobe fuse
}

# hostdev DEVICE: takes it from the host.
hostdev() { echo "<hostdev mode='capabilities' type='net'><source><interface>$1</interface></source></hostdev>"; }

# container_define NAME DEVICES [METADATA]
container_define() {
  {
    domain_xml "$1" '' "${3-}" | sed "s/type='qemu'/type='lxc'/; /<os>/,\$d"
    cat <<EOF
  <os><type>exe</type><init>/usr/bin/sleep</init><initarg>infinity</initarg></os>
  <devices>$2<console type='pty'/></devices>
</domain>
EOF
  } >"$lab/$1.xml"
  lxc define "$lab/$1.xml"
}

# container_start NAME: and gives its network that name, for `on`.
container_start() { lxc start "$1" && ip netns attach "$1" "$(init_of "$1")"; }
init_of() { pgrep -P "$(cat "/run/libvirt/lxc/$1.pid")" -x sleep; }

# container_forget NAME: the name of its network, which would keep that alive.
container_forget() { ip netns del "$1"; }

# container_dhcp NAME DEVICE: a client as it comes, but for the identifier.
container_dhcp() {
  ip -n "$1" link set lo up
  ip -n "$1" link set "$2" up
  echo "send dhcp-client-identifier \"$1\";" >"$lab/dhclient-$1.conf"
  start_on "dhclient-$1" "$1" dhclient -4 -d -cf "$lab/dhclient-$1.conf" -lf "$lab/dhclient-$1.leases" \
    -pf "$lab/dhclient-$1.own" "$2" >"/results/$AIRTAP_CASE.$1.log" 2>&1 </dev/null
}

# address_of NAME DEVICE [-6]: the first that is for everybody; fails without one.
address_of() {
  ip -n "$1" "${3--4}" -o address show dev "$2" scope global -tentative |
    awk '{ sub("/.*", "", $4); print $4; found = 1; exit } END { exit !found }'
}
