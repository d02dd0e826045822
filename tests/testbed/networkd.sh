# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# systemd-networkd as the host's. Sourced by cases that boot systemd.

# networkd_start: it asks for addresses on the uplink, and on whatever else it may manage. Addresses
# shall not depend on the MAC, so that they can be compared.
networkd_start() {
  mkdir -p /etc/systemd/network
  cat >/etc/systemd/network/30-wifi.network <<EOT
[Match]
Type=wlan
[Network]
DHCP=ipv4
IPv6LinkLocalAddressGenerationMode=stable-privacy
IPv6AcceptRA=yes
[DHCPv4]
IAID=1
[IPv6AcceptRA]
Token=static:::77
EOT
  cat >/etc/systemd/network/90-everything.network <<EOT
[Match]
Name=*
[Network]
DHCP=yes
EOT
  systemctl start systemd-networkd
}

networkd_stop() {
  systemctl stop systemd-networkd.socket systemd-networkd.service
  rm /etc/systemd/network/30-wifi.network /etc/systemd/network/90-everything.network
}

# It keeps name servers for systemd-resolved.
name_servers() { grep ^DNS= "/run/systemd/netif/links/$(cat /sys/class/net/$station/ifindex)"; }

# check_networkd_leaves_ours COUNT
check_networkd_leaves_ours() {
  local device state
  state=$(networkctl --no-legend list | awk '{ print $2 ":" $NF }')
  echo "$state"
  has "networkd manages what it is told to" "^$station:configured" "$state"
  has "and what it is not kept from" "^hwsim0:(configuring|configured|carrier|no-carrier|failed|pending)" "$state"
  for device in $(ours); do
    same "networkd leaves $device alone" "$device:unmanaged" "$(grep "^$device:" <<<"$state")"
  done
  same "those are all" "$1" "$(ours | wc -l)"
}
