// SPDX-License-Identifier: LGPL-2.1-or-later
#include "datapath/house.h"

namespace airtap::test {

const IfName House::uplink = name("up0");

void House::SetUp() {
  if (const auto reason = Sandbox::unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  box_ = std::make_unique<Sandbox>();
  box_->connect("up0", "lan0");
  box_->run("ip link set up0 address 02:00:00:00:00:01");
  box_->run("ip address add 10.0.0.1/24 dev up0 && ip address add fd00::1/64 dev up0 nodad");
  box_->run_in_lan("ip link set lan0 address 02:00:00:00:00:64");
  box_->run_in_lan(
      "ip address add 10.0.0.100/24 dev lan0 && ip address add fd00::100/64 dev lan0 nodad");
  // Some kernels are built without VLAN filtering.
  box_->run(
      "ip link add airbr0 type bridge mcast_snooping 0 vlan_filtering 1 || "
      "ip link add airbr0 type bridge mcast_snooping 0");
  box_->run("ip link add airup0 type veth peer name airin0");
  box_->run("ip link set airin0 master airbr0");
  for (const char* device : {"airbr0", "airup0", "airin0"}) {
    box_->run(std::string("sysctl -qw net.ipv6.conf.") + device + ".disable_ipv6=1");
    box_->run(std::string("ip link set ") + device + " up");
  }
  ASSERT_EQ(said(datapath_.load(uplink)), "");
  ASSERT_EQ(said(datapath_.configure(uplink, settings())), "");
  ASSERT_EQ(said(datapath_.attach(uplink, name("airup0"), Attachment::bridge_port)), "");
  ASSERT_EQ(said(datapath_.attach(uplink, name("airbr0"), Attachment::bridge_self)), "");
  ASSERT_EQ(said(datapath_.attach(uplink, uplink, Attachment::air)), "");
  lan_ = box_->lan_socket("lan0");
}

void House::TearDown() {
  if (!box_) return;
  EXPECT_EQ(said(datapath_.unload(uplink)), "");
}

DatapathSettings House::settings() const {
  DatapathSettings settings;
  settings.uplink_ifindex = box_->ifindex("up0");
  settings.bridge_port_ifindex = box_->ifindex("airup0");
  settings.bridge_takes_tags =
      box_->output("ip -d link show airbr0").find("vlan_filtering 1") != std::string::npos;
  settings.station_mac = to_mac(station);
  settings.host = {address(host_ip), address(host_ip6)};
  settings.gateways = {address(gateway_ip), address(gateway_ip6)};
  settings.broadcasts = {address("10.0.0.255")};
  return settings;
}

void House::add_tap(unsigned id, DatapathGuest options, bool programs, bool vnet_header) {
  const std::string device = "tap" + std::to_string(id);
  guests_.emplace(id, box_->tap(device, vnet_header));
  box_->run("ip link set " + device + " master airbr0");
  options.id = id;
  options.mac = to_mac(guest_mac(id));
  if (options.address_quota == 0) options.address_quota = 8;
  if (programs) {
    options.port_ifindex = box_->ifindex(device);
    ASSERT_EQ(said(datapath_.attach(uplink, name(device), Attachment::tap)), "");
  }
  ASSERT_EQ(said(datapath_.add_guest(uplink, options)), "");
}

UniqueFd House::add_kernel_guest(unsigned id) {
  UniqueFd space = Sandbox::make_namespace();
  const std::string device = "tap" + std::to_string(id), number = std::to_string(id);
  box_->connect(device, "eth0", space);
  box_->run("sysctl -qw net.ipv6.conf." + device + ".disable_ipv6=1");
  box_->run("ip link set " + device + " master airbr0");
  box_->in(space, [&] {
    box_->run("ip link set lo up && ip link set eth0 address 52:54:00:00:00:0" + number);
    box_->run("ip address add 10.0.0.1" + number + "/24 dev eth0");
    box_->run("ip address add fd00::1" + number + "/64 dev eth0 nodad");
  });
  DatapathGuest options{.id = id, .mac = to_mac(guest_mac(id)), .translate = true};
  options.address_quota = 8;
  options.port_ifindex = box_->ifindex(device);
  EXPECT_EQ(said(datapath_.attach(uplink, name(device), Attachment::tap)), "");
  EXPECT_EQ(said(datapath_.add_guest(uplink, options)), "");
  return space;
}

void House::add_ipvtap(unsigned id, DatapathGuest options) {
  const std::string device = "ivt" + std::to_string(id);
  guests_.emplace(id, box_->ipvtap(device, "airup0"));
  options.id = id;
  options.mac = to_mac(guest_mac(id));
  options.address_quota = 8;
  options.port_is_ipvtap = true;
  options.port_ifindex = box_->ifindex(device);
  ASSERT_EQ(said(datapath_.attach(uplink, name(device), Attachment::ipvtap)), "");
  ASSERT_EQ(said(datapath_.add_guest(uplink, options)), "");
}

GuestState House::state(unsigned id) {
  auto all = datapath_.guests(uplink);
  if (!all) throw std::runtime_error(all.error().line());
  for (auto& one : *all) {
    if (one.id == id) return one;
  }
  return {};
}

std::map<std::string, std::uint64_t> House::drops(unsigned id) {
  const auto counters = id == 0 ? datapath_.strangers(uplink).value() : state(id).counters;
  return {counters.drops.begin(), counters.drops.end()};
}

std::uint64_t House::drops(unsigned id, const std::string& reason) { return drops(id)[reason]; }

void House::announce(unsigned id, const std::string& ip_text) {
  const Mac mac = guest_mac(id);
  guest(id).send(ethernet(broadcast, mac, type_arp, arp(1, mac, ip_text, no_mac, ip_text)));
}

Matches same(const Frame& expected) {
  return [expected](const Frame& frame) { return frame == expected; };
}

bool has(const Frame& frame, std::size_t offset, const Frame& expected) {
  return frame.size() >= offset + expected.size() &&
         std::equal(expected.begin(), expected.end(),
                    frame.begin() + static_cast<std::ptrdiff_t>(offset));
}

Matches of_type(unsigned type) {
  return [type](const Frame& frame) { return has(frame, 12, be16(type)); };
}

Matches has_source(const Mac& mac) {
  return [mac](const Frame& frame) { return has(frame, 6, from_mac(mac)); };
}

}  // namespace airtap::test
