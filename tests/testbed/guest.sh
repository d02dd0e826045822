# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libvirt and its guests. Sourced by lab.sh, inside the machine.
#
# A guest has no disk and 64 MiB: it boots into iPXE, asks for a lease like any
# machine, fetches a script from the LAN by TFTP, and answers ARP and ping from
# then on. About ten seconds under emulation inside emulation.

virsh() { timeout 60 virsh -q -c qemu:///system "$@"; }

capabilities=/var/cache/libvirt/qemu/capabilities

# libvirt_configure DAEMON...: what all of libvirt's daemons need here. Under systemd profiles and cgroups
# are as on any host; elsewhere there are neither, for none of that is the subject then.
libvirt_configure() {
  local daemon
  mkdir -p /etc/libvirt /var/log/libvirt/qemu
  for daemon in "$@"; do
    cat >"/etc/libvirt/$daemon.conf" <<EOF
auth_unix_rw = "none"
log_outputs = "2:file:/results/$AIRTAP_CASE.$daemon.log"
EOF
  done
  # QEMU still runs as its own user, so what airtap makes must be usable by libvirt's
  # fds. capability_filters: with it libvirt asks for 400 CPU properties one by one
  # at every start, which takes longer than all the rest of it under emulation.
  cat >/etc/libvirt/qemu.conf <<EOF
stdio_handler = "file"
capability_filters = [ "cpu-unavailable-features" ]
EOF
  with_systemd || cat >>/etc/libvirt/qemu.conf <<EOF
security_default_confined = 0
security_driver = "none"
cgroup_controllers = [ ]
EOF
  chmod 755 $lab
  # What libvirt found out about QEMU in an earlier boot, if boot has kept it: half
  # of the first start. libvirt itself checks that it belongs to this QEMU.
  if [[ -d /testbed/capabilities ]]; then
    mkdir -p $capabilities
    cp -p /testbed/capabilities/* $capabilities
  fi
  # One emulator to probe instead of two: half a start under emulation.
  rm -f /usr/bin/qemu-system-i386
}

# libvirt_daemon NAME: outside systemd.
libvirt_daemon() { "$1" -d -p "$lab/$1.pid" -f "/etc/libvirt/$1.conf"; }

# libvirt_launch ... libvirt_start: started, and awaited. A case in a hurry does
# something else in between. Under systemd it is the service.
libvirt_launch() {
  libvirt_configure libvirtd
  if with_systemd; then
    systemctl start libvirtd.service
  else
    libvirt_daemon libvirtd
  fi
}

with_systemd() { [[ -d /run/systemd/system ]]; }

libvirt_start() {
  [[ -s $lab/libvirtd.pid ]] || libvirt_launch
  wait_for 60 virsh version
}

libvirt_stop() {
  local name
  if [[ -s $lab/libvirtd.pid ]] || with_systemd; then
    for name in $(virsh list --name); do virsh destroy "$name"; done
    for name in $(virsh list --all --name); do virsh undefine "$name"; done
    stop_pidfile $lab/libvirtd.pid
    ! with_systemd || systemctl stop libvirtd.service
  fi
  cp /var/log/libvirt/qemu/*.log /results/ 2>/dev/null
  [[ -d $capabilities ]] && cp -rpT $capabilities /results/capabilities
  return 0
}

# nic_xml MAC TARGET [ALIAS [MANAGED [MORE]]]: an <interface>. MANAGED is 'no'
# where airtap makes the device (the default), '' where libvirt does.
nic_xml() {
  local mac=$1 target=$2 alias=${3-} managed=${4-no} more=${5-}
  cat <<EOF
    <interface type='ethernet'>
      <mac address='$mac'/>
      <target dev='$target'${managed:+ managed='$managed'}/>
      ${alias:+<alias name='$alias'/>}
      <model type='virtio'/>
      $more
    </interface>
EOF
}

# nic_metadata ALIAS MODE [ATTRIBUTES]: an <airtap:nic>.
nic_metadata() { echo "<airtap:nic alias='$1' mode='$2'${3:+ $3}/>"; }

# domain_xml NAME NICS [METADATA]: a guest; METADATA is a list of <airtap:nic>.
domain_xml() {
  local name=$1 nics=$2 metadata=${3-} uuid
  # Its own and the same each time, as libvirt would keep it.
  uuid=$(md5sum <<<"$name" | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/')
  [[ -n $metadata ]] && metadata="<metadata><airtap:guest xmlns:airtap='urn:airtap:domain:1'>$metadata</airtap:guest></metadata>"
  cat <<EOF
<domain type='qemu'>
  <name>$name</name>
  <uuid>$uuid</uuid>
  $metadata
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='network'/>
    <bios useserial='yes' rebootTimeout='0'/>
  </os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
$nics
    <serial type='file'><source path='/var/log/libvirt/qemu/$name.serial.log'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
EOF
}

# guest_define NAME NICS [METADATA]
guest_define() {
  domain_xml "$@" >"$lab/$1.xml"
  virsh define "$lab/$1.xml"
}

# guest_define_simple NAME MAC TARGET MODE: the one-NIC guest of most cases.
guest_define_simple() {
  guest_define "$1" "$(nic_xml "$2" "$3" ua-lan)" "$(nic_metadata ua-lan "$4")"
}

# lease_of MAC: the address dnsmasq gave to this chaddr; fails without one.
lease_of() { awk -v mac="$1" '$2 == mac { print $3; found = 1 } END { exit !found }' $lab/leases; }

# guest_wait MAC [SECONDS]: until it has a lease; prints the address.
guest_wait() { wait_for "${2:-90}" lease_of "$1" && lease_of "$1"; }

# check_guest NAME MAC: has a lease of its own and answers pings from the LAN.
check_guest() {
  local address
  if ! address=$(guest_wait "$2"); then
    not_ok "$1 gets a lease" "no lease for $2 within 90 s"
    return 1
  fi
  ok "$1 gets a lease ($address)"
  # The boot script arrives right after the lease; then the guest stays still.
  wait_for 10 lan_answers "$address"
  same "$1 answers pings from the LAN" 5/5 "$(lan_ping "$address")"
  same "$1 answers IPv6 pings at its own address" 5/5 "$(lan_ping "$(eui64 "$2")")"
}

# check_guest_gone NAME ADDRESS DEVICE: after virsh destroy.
check_guest_gone() {
  check "$1: $3 is gone" wait_for 3 not ip link show "$3"
  same "$1: no longer answers" 0/2 "$(lan_ping "$2" 2)"
}
