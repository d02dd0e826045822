# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# DHCP servers of the LAN and clients of stand-in guests, as people run them. Sourced by
# the cases that need it. Each server has a range of its own, so that an address says
# whose it is; all ask for a renewal after five seconds.

# server_range SERVER: the network part and what the last number begins with.
server_range() {
  case $1 in
    dnsmasq) echo '10.77.0.2[0-4].' ;;
    isc) echo '10.77.0.[2-3].' ;;
    kea) echo '10.77.0.[6-7].' ;;
    odd) echo '10.77.0.[6-9].' ;;
  esac
}

# dhcp_server SERVER [ARGUMENT...]: instead of the one before. ARGUMENTs are odd-dhcp.py's,
# or more lines of a configuration.
dhcp_server() {
  local server=$1 log=/results/$AIRTAP_CASE.$1.log
  shift
  stop_pidfile $lab/dnsmasq.pid $lab/dhcp.pid
  case $server in
    dnsmasq)
      cat >$lab/dhcp.conf <<EOF
port=0
interface=br-lan
bind-interfaces
dhcp-range=10.77.0.200,10.77.0.249,255.255.255.0,1h
dhcp-option=option:router,$ap_address
dhcp-option=option:T1,5
dhcp-option=option:T2,9
dhcp-authoritative
no-ping
dhcp-leasefile=$lab/dhcp.leases
log-dhcp
user=root
$*
EOF
      ip netns exec ap0 dnsmasq --keep-in-foreground -C $lab/dhcp.conf --log-facility=- >"$log" 2>&1 &
      ;;
    isc)
      cat >$lab/dhcp.conf <<EOF
authoritative;
default-lease-time 3600;
option dhcp-renewal-time 5;
option dhcp-rebinding-time 9;
subnet 10.77.0.0 netmask 255.255.255.0 {
  range 10.77.0.20 10.77.0.39;
  option routers $ap_address;
  $*
}
EOF
      : >$lab/dhcp.leases
      ip netns exec ap0 dhcpd -4 -f -d -cf $lab/dhcp.conf -lf $lab/dhcp.leases -pf $lab/dhcpd.pid br-lan >"$log" 2>&1 &
      ;;
    kea)
      cat >$lab/dhcp.conf <<EOF
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "br-lan" ] },
  "lease-database": { "type": "memfile", "persist": false },
  "valid-lifetime": 3600, "renew-timer": 5, "rebind-timer": 9, "authoritative": true,
  "subnet4": [ { "subnet": "10.77.0.0/24", "pools": [ { "pool": "10.77.0.60-10.77.0.79" } ],
    "option-data": [ { "name": "routers", "data": "$ap_address" } ] } ],
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ]
} }
EOF
      ip netns exec ap0 env KEA_LOCKFILE_DIR=none KEA_PIDFILE_DIR=$lab kea-dhcp4 -c $lab/dhcp.conf >"$log" 2>&1 &
      ;;
    odd) ip netns exec ap0 /testbed/odd-dhcp.py br-lan "$@" >"$log" 2>&1 & ;;
  esac
  echo $! >$lab/dhcp.pid
  # With raw sockets or not, the others listen on port 67.
  case $server in
    odd) wait_for 30 grep -q ready "$log" ;;
    *) wait_for 30 in_ap grep -qE ':0043 ' /proc/net/udp ;;
  esac
}

# dhcp_client NAME CLIENT [ARGUMENT...]: in the background, until dhcp_stop.
dhcp_client() {
  local name=$1 client=$2 command
  shift 2
  case $client in
    udhcpc) command=(busybox udhcpc -f -i eth0 -t 20 -T 2 -s /testbed/udhcpc-script "$@") ;;
    dhclient) command=(dhclient -4 -d "$@" eth0) ;;
    dhcpcd) command=(dhcpcd -4 -B -d --timeout 0 "$@" eth0) ;;
    networkd)
      in_machine "$name" sh -c 'mkdir -p /etc/systemd/network
        printf "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n" >/etc/systemd/network/eth0.network'
      command=(env SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console /lib/systemd/systemd-networkd)
      ;;
  esac
  machine_run "$name" "client-$name" "/results/$AIRTAP_CASE.$name.log" "${command[@]}"
}

# dhcp_stop NAME...: the clients and the addresses they have set. What they remember on
# disk stays: asking a new server for an old address is what earns a refusal.
dhcp_stop() {
  local name stops=()
  for name in "$@"; do
    stop_pidfile "$lab/client-$name.pid" &
    stops+=($!)
  done
  wait "${stops[@]}"
  for name in "$@"; do ip -n "$name" -4 address flush dev eth0; done
}

# dhcp_deaf [off]: from now on the access point hears nothing sent to its own address.
# Only a server with a plain UDP socket is bound by it, of ours dnsmasq.
dhcp_deaf() {
  in_ap nft delete table inet deaf 2>/dev/null
  [[ ${1-} == off ]] || in_ap nft -f - <<EOF
table inet deaf {
  chain input {
    type filter hook input priority 0
    ip daddr $ap_address udp dport 67 drop
  }
}
EOF
}

# dhcp_address NAME: the address its client has set; fails without one.
dhcp_address() { ip -n "$1" -4 -o address show dev eth0 | awk '{ sub("/.*", "", $4); print $4; found = 1; exit } END { exit !found }'; }

# dhcp_look ... dhcp_seen FILTER: what of DHCP went over the LAN since, and whether a
# frame of it matches.
dhcp_look() {
  stop_pidfile $lab/dhcp-look.pid
  rm -f $lab/dhcp.pcap
  ip netns exec ap0 tcpdump -U -lnni br-lan -w $lab/dhcp.pcap udp port 67 or udp port 68 2>/dev/null &
  echo $! >$lab/dhcp-look.pid
  wait_for 10 test -s $lab/dhcp.pcap
}
dhcp_seen() { tcpdump -nnr $lab/dhcp.pcap "$@" 2>/dev/null | grep -q .; }

# check_all SECONDS TEXT COMMAND...: for each of guests, COMMAND with its name as last
# argument; SECONDS is for all of them together.
check_all() {
  local end=$((SECONDS + $1)) text=$2 name left
  shift 2
  for name in "${guests[@]}"; do
    left=$((end - SECONDS))
    check "$text, ${who[$name]}" wait_for $((left > 0 ? left : 0)) "$@" "$name"
  done
}
