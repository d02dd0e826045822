# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests on a libvirt network of airtap's. Sourced by the cases that have some.

# network_xml NAME [ATTRIBUTES [MORE]]: a <network>; ATTRIBUTES are those of our element.
network_xml() {
  cat <<EOT
<network>
  <name>$1</name>
  <metadata><airtap:network xmlns:airtap="urn:airtap:network:1" ${2-}/></metadata>
  <forward mode='bridge'/>
  <bridge name='airbr-$station'/>
  ${3-}
</network>
EOT
}

# network_define NAME [ATTRIBUTES [MORE]]
network_define() {
  network_xml "$@" >"$lab/net-$1.xml"
  virsh net-define "$lab/net-$1.xml"
}

# network_nic_xml MAC NETWORK [MORE]: an <interface> on it.
network_nic_xml() {
  echo "<interface type='network'><mac address='$1'/><source network='$2'/><model type='virtio'/>${3-}</interface>"
}

# bridge_nic_xml MAC BRIDGE [MORE]
bridge_nic_xml() {
  echo "<interface type='bridge'><mac address='$1'/><source bridge='$2'/><model type='virtio'/>${3-}</interface>"
}

# tap_of DOMAIN MAC: the TAP that libvirt has made.
tap_of() {
  virsh domiflist "$1" | awk -v mac="$2" '$5 == mac { print $1; found = 1 } END { exit !found }'
}

# takes_short_way TAP: our program is on it.
takes_short_way() { tc filter show dev "$1" ingress | grep -q from_tap; }

# knows_guest MAC: the datapath does, as airtap status has it.
knows_guest() { airtap status --json | jq -e --arg mac "$1" '.nics[] | select(.mac == $mac and .addresses)'; }
