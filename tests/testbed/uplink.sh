# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# An uplink that belongs to a network manager: what of it must stay as it is, and watched guests on it.
# Sourced by the cases of the managers, inside the machine.

. /testbed/recovery.sh

# uplink_lab: all but the station, which is the manager's. Name servers are part of what must stay.
uplink_lab() {
  radios_start
  lan_start
  echo "dhcp-option=option:dns-server,$ap_address" >>$lab/dnsmasq.conf
  stop_pidfile $lab/dnsmasq.pid
  in_ap dnsmasq -C $lab/dnsmasq.conf
  ap_start plain
}

# name_servers: those of the uplink. A case whose manager keeps them elsewhere has its own.
name_servers() { grep ^nameserver /etc/resolv.conf; }

# uplink_state: addresses, routes and name servers; lifetimes change by themselves, and link-local
# addresses with the MAC.
uplink_state() {
  {
    ip -o address show dev $station scope global | awk '{ print $3, $4 }'
    ip route show dev $station
    ip -6 route show dev $station | sed -E 's/ expires [0-9]+sec//'
    name_servers
  } | sed 's/ *$//' | sort
}
# online: with all a router gives.
online() {
  host_ping && [[ $(host_addresses) == *fd77:* && -n $(ip -6 route show default dev $station) && -n $(name_servers) ]]
}
as_before() { [[ $(uplink_state) == "$before" ]]; }
check_as_before() {
  wait_for 15 as_before
  same "$1: addresses, routes and name servers are those of before" '' \
    "$(diff <(echo "$before") <(uplink_state) | grep '^[<>]' | paste -sd';')"
}

# guests_up MANAGER [IPVTAP]: a guest in macnat and perhaps one in ipvtap, watched like the host.
guests_up() {
  local host
  check "$1: the uplink is online" wait_for 60 online || {
    ip address show dev $station
    ip -6 route show dev $station
    ! with_systemd || journalctl --no-pager -n 60
    exit 1
  }
  before=$(uplink_state)
  echo "$before"
  residue_before
  standins_up "vm1 52:54:00:aa:00:01 macnat" ${2:+"vm2 52:54:00:aa:00:02 ipvtap"}
  ip -n vm1 address add 10.77.0.31/24 dev eth0
  ip netns exec vm1 ping -q -c1 -W5 $ap_address
  host=$(host_address)
  watch_start host "${host%/*}"
  # The host's own connectivity is what guests are measured by.
  watch_start host-out $lan_address host
  watch_start macnat 10.77.0.31
  watch_start host-to-macnat 10.77.0.31 host
  everybody=(macnat host-to-macnat)
  [[ -z ${2-} ]] || {
    ip -n vm2 address add 10.77.0.32/24 dev eth0
    ip netns exec vm2 ping -q -c1 -W5 $ap_address
    watch_start ipvtap 10.77.0.32
    everybody+=(ipvtap)
  }
  check "$1: with guests, everybody answers" all_answered "$(now)" host host-out "${everybody[@]}"
  check_as_before "$1, guests running"
  same "$1: nobody gives our devices an address" '' "$(for device in $(ours); do ip -o address show dev "$device"; done)"
}
guests_down() {
  watch_stop
  standins_down
  check_no_residue "$1: nothing is left behind"
  check_as_before "$1, guests gone"
}
# ours: devices of airtap's that are there.
ours() { ip -br link | awk '{ sub("@.*", "", $1); print $1 }' | grep -E '^air(br|up|in|tap)-' | sort; }
