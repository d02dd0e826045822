// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What people build of the kernel's parts where a station cannot be bridged.
#include <fstream>

#include "bench/sides.h"

namespace airtap::bench {
namespace {

class RecipeSide : public Side {
 protected:
  using Side::Side;
  void load(const std::string& program, const std::string& rules) const {
    std::ofstream("/run/rules") << rules;
    box_->run(program + " /run/rules");
  }
};

/// Bridge and rules as in libvirt 9.0 (src/util/viriptables.c, src/network/bridge_driver_linux.c),
/// without spanning tree, DNS and DHCP. The LAN sees the host's address.
class NatSide final : public RecipeSide {
 public:
  explicit NatSide(const std::string& kind)
      : RecipeSide(kind, {.ip = "192.168.122.11", .gateway = "192.168.122.1"}) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    box_->run("ip link add virbr0 type bridge stp_state 0 forward_delay 0");
    box_->run("sysctl -qw net.ipv6.conf.virbr0.disable_ipv6=1 net.ipv4.ip_forward=1");
    box_->run("ip address add 192.168.122.1/24 dev virbr0 && ip link set virbr0 up");
    const std::string rules = R"(*nat
:LIBVIRT_PRT -
-A POSTROUTING -j LIBVIRT_PRT
-A LIBVIRT_PRT -s 192.168.122.0/24 -d 224.0.0.0/24 -j RETURN
-A LIBVIRT_PRT -s 192.168.122.0/24 -d 255.255.255.255/32 -j RETURN
-A LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -p tcp -j MASQUERADE --to-ports 1024-65535
-A LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -p udp -j MASQUERADE --to-ports 1024-65535
-A LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE
COMMIT
*filter
:LIBVIRT_FWX -
:LIBVIRT_FWI -
:LIBVIRT_FWO -
-A FORWARD -j LIBVIRT_FWX
-A FORWARD -j LIBVIRT_FWI
-A FORWARD -j LIBVIRT_FWO
-A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT
-A LIBVIRT_FWI -d 192.168.122.0/24 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A LIBVIRT_FWI -o virbr0 -j REJECT --reject-with icmp-port-unreachable
-A LIBVIRT_FWO -s 192.168.122.0/24 -i virbr0 -j ACCEPT
-A LIBVIRT_FWO -i virbr0 -j REJECT --reject-with icmp-port-unreachable
COMMIT
)";
    load("iptables-restore", rules);
    auto tap = host_tap("vnet0");
    box_->run("ip link set vnet0 master virbr0");
    return tap;
  }
};

/// As the wiki of Debian has it for ebtables. The uplink is a port of the bridge, which no station
/// can be today: only its cost can be compared.
class MacNatSide final : public RecipeSide {
 public:
  explicit MacNatSide(const std::string& kind) : RecipeSide(kind, {}) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    const std::string station = MacAddress{mac_of(uplink())}.text();
    const std::string own = MacAddress{guest_.mac}.text();
    box_->run("ip link add br0 address " + station + " type bridge stp_state 0 forward_delay 0");
    box_->run("ip link set " + uplink() + " master br0");
    box_->run("ip address flush dev " + uplink());
    box_->run("ip address add " + host_ip + "/24 dev br0 && ip link set br0 up");
    const std::string in = "  iifname " + uplink(), out = "  oifname " + uplink();
    load("nft -f",
         "table bridge macnat {\n chain in { type filter hook prerouting priority dstnat;\n" + in +
             " ip daddr " + guest_.ip + " ether daddr set " + own + "\n" + in + " arp daddr ip " +
             guest_.ip + " ether daddr set " + own + " arp daddr ether set " + own +
             "\n }\n chain out { type filter hook postrouting priority srcnat;\n" + out +
             " ether type arp arp saddr ether set " + station + "\n" + out + " ether saddr set " +
             station + "\n }\n}\n");
    auto tap = host_tap("tap1");
    box_->run("ip link set tap1 master br0");
    return tap;
  }
};

class ProxyArpSide final : public Side {
 public:
  explicit ProxyArpSide(const std::string& kind) : Side(kind) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    auto tap = host_tap("tap1");
    box_->run("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.tap1.proxy_arp=1 net.ipv4.conf." +
              uplink() + ".proxy_arp=1");
    // No pause of up to 0.8 s before the host answers in somebody's name.
    box_->run("sysctl -qw net.ipv4.neigh.tap1.proxy_delay=0 net.ipv4.neigh." + uplink() +
              ".proxy_delay=0");
    box_->run("ip route add " + guest_.ip + "/32 dev tap1");
    return tap;
  }
};

}  // namespace

std::unique_ptr<Side> make_nat(const std::string& kind) { return std::make_unique<NatSide>(kind); }
std::unique_ptr<Side> make_mac_nat(const std::string& kind) {
  return std::make_unique<MacNatSide>(kind);
}
std::unique_ptr<Side> make_proxy_arp(const std::string& kind) {
  return std::make_unique<ProxyArpSide>(kind);
}

}  // namespace airtap::bench
