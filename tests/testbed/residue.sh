# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What airtap could leave behind on the host, as sorted lines to compare, each
# found with a public tool. Sourced by lab.sh, inside the machine.

# host_state: one line a thing. What changes by itself (counters, lifetimes,
# ifindexes) is left out.
host_state() {
  {
    # Links with kind, master, and the flags guests may have needed.
    ip -j -d link show | jq -r '.[] |
      "link \(.ifname) \(.linkinfo.info_kind // "-") master \(.master // "-") promiscuity \(.promiscuity) allmulti \(.allmulti // 0) mtu \(.mtu)"'
    tc qdisc show | sed -E 's/ refcnt [0-9]+//'
    # Filters only hang where there is a qdisc for them.
    local dev
    for dev in $(tc qdisc show | awk '/^qdisc (clsact|ingress) / { print $5 }'); do
      tc filter show dev "$dev" ingress | sed "s/^/filter $dev ingress /"
      tc filter show dev "$dev" egress | sed "s/^/filter $dev egress /"
    done
    ip -4 -o address show | awk '{ print "address", $2, $4 }'
    ip -4 route show table all | sed 's/^/route /'
    ip -4 rule show | sed 's/^/rule /'
    ip -4 neigh show nud permanent | sed 's/^/neighbour /'
    iw dev $station info | grep -E '4addr|type' | sed 's/^[[:space:]]*/wireless /'
    grep -H . /proc/sys/net/ipv4/ip_forward \
      /proc/sys/net/ipv4/conf/{all,default,$station}/{proxy_arp,arp_ignore,arp_announce,rp_filter} \
      /proc/sys/net/ipv6/conf/{all,default,$station}/{forwarding,accept_ra,proxy_ndp,disable_ipv6} |
      sed 's/^/sysctl /'
    find /sys/fs/bpf -mindepth 1 -not -type d | sed 's/^/pin /'
    find /run/airtap -type f 2>/dev/null | sed 's/^/file /'
    bpftool -j prog show | jq -r '.[] | select(.type == "sched_cls" or .type == "xdp") | "program \(.id) \(.name)"'
  } | sort
}

# residue_before: remembers the state to compare with.
residue_before() { host_state >$lab/state-before; }

# residue: the lines that differ from what was remembered, "+ " new and "- " gone.
residue() {
  host_state >$lab/state-after
  diff $lab/state-before $lab/state-after | sed -n 's/^> /+ /p; s/^< /- /p'
}

# Teardown of links and of BPF programs is finished by the kernel a little later.
no_residue() { [[ -z $(residue) ]]; }

# check_no_residue [TEXT]
check_no_residue() {
  if wait_for 3 no_residue; then
    ok "${1:-nothing is left behind}"
  else
    residue
    not_ok "${1:-nothing is left behind}" "$(residue | wc -l) left: $(residue | head -n3 | paste -sd';')"
    return 1
  fi
}
