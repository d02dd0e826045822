# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# airtap by its package, on a host with systemd and AppArmor. Sourced by the cases that install it, inside
# the machine.

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -qy -o Dpkg::Use-Pty=0 "$@" 2>&1; }
# confined PID: the profile it runs under.
confined() { cat "/proc/$1/attr/current"; }
# check_confined DOMAIN...
check_confined() {
  local name
  for name in "$@"; do
    has "AppArmor confines $name" '^libvirt-.* \(enforce\)' "$(confined "$(cat "/run/libvirt/qemu/$name.pid")")"
  done
}
# Making a guest's profile takes most of a minute under emulation.
virsh() { timeout 300 virsh -q -c qemu:///system "$@"; }

# As on a host whose libvirtd has something to do; it would end after two minutes.
echo 'LIBVIRTD_ARGS=""' >/etc/default/libvirtd
# A package in a file needs no list of others, and to read Debian's takes a minute under emulation.
rm -rf /var/lib/apt/lists/*
