# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab: one access point, one LAN host behind it, and this machine as a
# station. Sourced by every case, inside the machine.
#
#   netns lan0            netns ap0                       this machine (init netns)
#   10.77.0.5 ==veth== br-lan 10.77.0.1 -- wlan1 ~~air~~ wlan0 10.77.0.x by DHCP
#                         hostapd dnsmasq radvd           wpa_supplicant udhcpc libvirtd
#
# The access point's side is in network namespaces, so nothing of it can be
# mistaken for what airtap did to the host.

. /testbed/check.sh
. /testbed/guest.sh
. /testbed/residue.sh
. /testbed/machine.sh
. /testbed/standin.sh
. /testbed/reach.sh

lab=/run/lab
ap_address=10.77.0.1
lan_address=10.77.0.5
station=wlan0
mkdir -p $lab

in_ap() { ip netns exec ap0 "$@"; }
in_lan() { ip netns exec lan0 "$@"; }

# lab_start [plain|wds|m2u|isolate]: everything up to a station with an address.
lab_start() {
  radios_start
  lan_start
  ap_start "${1:-plain}"
  station_start
}

# lab_end: as if nothing had been started. Also runs when a case dies.
lab_end() {
  libvirt_stop
  standins_down
  machines_down
  station_stop
  ap_stop
  stop_pidfile $lab/*.pid
  ip link del cable0 2>/dev/null
  ip netns del lan0 2>/dev/null
  ip netns del ap0 2>/dev/null
  rmmod mac80211_hwsim 2>/dev/null
  return 0
}

radios_start() {
  # A case that wants a second access point sets lab_radios=3 and starts it on wlan2.
  modprobe mac80211_hwsim "radios=${lab_radios:-2}"
  wait_for 5 test -e /sys/class/net/wlan1/phy80211 || return
  ip netns add ap0
  ip netns add lan0
  ip -n ap0 link set lo up
  ip -n lan0 link set lo up
  local radio
  for ((radio = 1; radio < ${lab_radios:-2}; radio++)); do
    wait_for 5 test -e "/sys/class/net/wlan$radio/phy80211" || return
    iw phy "$(cat "/sys/class/net/wlan$radio/phy80211/name")" set netns name ap0
  done
  # The monitor of the whole ether; it shows transmitters, not what is encrypted.
  ip link set hwsim0 up
}

# lan_start: the access point's bridge, its services, and a host on a cable.
lan_start() {
  ip -n ap0 link add br-lan type bridge
  # No listening and learning phase: a bridge port works at once.
  ip -n ap0 link set br-lan type bridge stp_state 0 forward_delay 0
  ip -n ap0 address add $ap_address/24 dev br-lan
  ip -n ap0 address add fd77::1/64 dev br-lan nodad
  ip -n ap0 link set br-lan up
  in_ap sysctl -qw net.ipv6.conf.all.forwarding=1

  ip -n ap0 link add lan-port type veth peer name eth0 netns lan0
  ip -n ap0 link set lan-port master br-lan up
  ip -n lan0 address add $lan_address/24 dev eth0
  ip -n lan0 address add fd77::5/64 dev eth0 nodad
  ip -n lan0 link set eth0 up
  ip -n lan0 route add default via $ap_address

  # What guests boot. At its prompt iPXE answers ARP and ping for ever and sleeps
  # between interrupts; its `sleep` would keep a processor busy. A guest with a
  # second NIC moves there after a while and leaves the first: iPXE has one routing
  # table, and with both open would answer for the second address from the first NIC.
  mkdir -p $lab/tftp
  cat >$lab/tftp/stay.ipxe <<'EOF'
#!ipxe
isset ${net1/mac} || goto stay
sleep 25
ifclose net0
dhcp net1 ||
:stay
shell
goto stay
EOF
  : >$lab/leases
  cat >$lab/dnsmasq.conf <<EOF
port=0
interface=br-lan
bind-interfaces
dhcp-range=10.77.0.100,10.77.0.250,255.255.255.0,1h
dhcp-option=option:router,$ap_address
dhcp-authoritative
no-ping
dhcp-leasefile=$lab/leases
dhcp-boot=stay.ipxe
enable-tftp
tftp-root=$lab/tftp
log-dhcp
log-facility=/results/$AIRTAP_CASE.dnsmasq.log
pid-file=$lab/dnsmasq.pid
user=root
EOF
  in_ap dnsmasq -C $lab/dnsmasq.conf

  cat >$lab/radvd.conf <<EOF
interface br-lan {
  AdvSendAdvert on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  prefix fd77::/64 { };
};
EOF
  in_ap radvd -C $lab/radvd.conf -p $lab/radvd.pid -m logfile -l $lab/radvd.log
}

# ap_start plain|wds|m2u|isolate: hostapd in one of its ways. 'plain' is what a café has,
# 'isolate' what one has whose guests must not see each other;
# 'wds' answers 4-address frames; 'm2u' turns multicast into unicast, as OpenWrt
# and most vendors do. Switching is ap_start again; the station comes back by itself.
ap_start() {
  ap_stop
  cat >$lab/hostapd.conf <<EOF
interface=wlan1
bridge=br-lan
driver=nl80211
ctrl_interface=$lab/hostapd
ssid=airtap
hw_mode=g
channel=1
wpa=2
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase=four-addresses
EOF
  case $1 in
    plain) ;;
    wds) printf '%s\n' wds_sta=1 wds_bridge=br-lan ;;
    m2u) echo multicast_to_unicast=1 ;;
    isolate) echo ap_isolate=1 ;;
    *) echo "ap_start: no access point '$1'" >&2 && return 1 ;;
  esac >>$lab/hostapd.conf
  in_ap hostapd -B -P $lab/hostapd.pid -f "/results/$AIRTAP_CASE.hostapd.log" $lab/hostapd.conf
  # After a switch the station's association is gone; do not wait for it to notice.
  if [[ -S /run/wpa_supplicant/$station ]]; then
    wpa_cli -p /run/wpa_supplicant -i $station reassociate
    station_wait
  fi
}

ap_stop() {
  stop_pidfile $lab/hostapd.pid
}

station_start() {
  # scan_freq: one channel to look at, or each association costs two seconds.
  cat >$lab/wpa.conf <<EOF
ctrl_interface=/run/wpa_supplicant
network={
  ssid="airtap"
  psk="four-addresses"
  key_mgmt=WPA-PSK
  scan_freq=2412
}
EOF
  wpa_supplicant -B -i $station -D nl80211 -c $lab/wpa.conf -P $lab/wpa.pid \
    -f "/results/$AIRTAP_CASE.wpa.log"
  wait_for 15 associated || return
  # A client that stays, as on any desktop: it also sees what is meant for guests.
  busybox udhcpc -i $station -s /testbed/udhcpc-script -p $lab/udhcpc.pid -b -t 10 -T 1
  station_wait
}

associated() { wpa_cli -p /run/wpa_supplicant -i $station status | grep -q '^wpa_state=COMPLETED'; }

station_wait() {
  wait_for 15 associated && wait_for 15 host_ping
}

# cable_start: the host on the LAN by a cable instead, cable0, with an address.
cable_start() {
  ip link add cable0 type veth peer name cable-port netns ap0
  ip -n ap0 link set cable-port master br-lan up
  ip link set cable0 up
  ip address add 10.77.0.9/24 dev cable0
  ip route add default via $ap_address dev cable0
}

station_stop() {
  stop_pidfile $lab/udhcpc.pid $lab/wpa.pid
}

# The host's own connectivity, which airtap must never disturb.
host_ping() { ping -c1 -W1 -I $station $ap_address; }
host_address() { ip -4 -o address show dev $station | awk '{ print $4 }'; }
station_mac() { cat /sys/class/net/$station/address; }

# lan_ping ADDRESS [COUNT]: prints "received/sent" as seen from the LAN host. The
# neighbour entry is dropped first, so that address resolution is tested too.
lan_ping() {
  local count=${2:-5} received
  ip -n lan0 neigh flush to "$1" >/dev/null
  received=$(in_lan ping -q -c "$count" -i 0.3 -W 2 "$1" |
    sed -n 's/.* \([0-9]*\) received.*/\1/p')
  echo "${received:-0}/$count"
}

# lan_answers ADDRESS: does it answer at all? For polling.
lan_answers() { in_lan ping -q -c1 -W1 "$1"; }

# air_look ADDRESS ... air_seen ADDRESS: with pings in between, the MAC that the LAN
# sees for an address, by its frames and by its ARP answer; both are printed when
# they differ, which is always wrong.
air_look() {
  in_ap tcpdump -lnnei br-lan -c 2 "src host $1 and icmp" >"$lab/air-$1" 2>/dev/null &
  echo $! >"$lab/air-$1.pid"
  sleep 0.5
}
air_seen() {
  local frames arp
  stop_pidfile "$lab/air-$1.pid"
  frames=$(awk '{ print $2 }' "$lab/air-$1" | sort -u | paste -sd,)
  arp=$(ip -n lan0 neigh show to "$1" | sed -n 's/.* lladdr \([0-9a-f:]*\) .*/\1/p')
  if [[ $frames == "$arp" ]]; then echo "$frames"; else echo "${frames:-none} (ARP says ${arp:-none})"; fi
}
mac_on_air() {
  air_look "$1"
  lan_ping "$1" 3 >/dev/null
  air_seen "$1"
}

# eui64 MAC: the address SLAAC gives it on this LAN.
eui64() {
  local m
  IFS=: read -ra m <<<"$1"
  printf 'fd77::%x:%x:%x:%x\n' $((((0x${m[0]} ^ 2) << 8) + 0x${m[1]})) \
    $(((0x${m[2]} << 8) + 0xff)) $(((0xfe << 8) + 0x${m[3]})) $(((0x${m[4]} << 8) + 0x${m[5]}))
}

# air_watch_start [MAC...] / air_strangers: frames on the ether that neither the station nor
# the access point nor one of MAC transmitted. There must be none: a station that sends with a
# guest's MAC as transmitter is what makes access points drop everything.
air_watch_start() {
  local known
  known=$(printf ' or wlan addr2 %s' "$(in_ap cat /sys/class/net/wlan1/address)" "$@")
  tcpdump -lnnei hwsim0 "type data and not (wlan addr2 $(station_mac)$known)" \
    >$lab/strangers 2>/dev/null &
  echo $! >$lab/air.pid
}
air_strangers() {
  stop_pidfile $lab/air.pid
  grep -c . $lab/strangers || true
}
