// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Whose an address is, over time, and where copies go: what needs a clock or all outputs at once.
#include <gtest/gtest.h>

#include "datapath/user_world.h"

namespace airtap::test {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

Frame hello(unsigned id, const std::string& address) {
  return ethernet(broadcast, guest_mac(id), type_arp,
                  arp(1, guest_mac(id), address, no_mac, address));
}

class Learning : public testing::Test {
 protected:
  void SetUp() override {
    for (const unsigned id : {1U, 2U}) world_.add_guest(id, AIRTAP_GUEST_TRANSLATE);
  }
  UserWorld world_;
};

TEST_F(Learning, ASilentGuestsAddressGoesToTheNextAfterFiveMinutes) {
  world_.run("from_tap", 1, hello(1, "10.0.0.11"));
  bpf::now_ns += 300 * second;
  world_.run("from_tap", 2, hello(2, "10.0.0.11"));
  EXPECT_EQ(world_.owner("10.0.0.11"), 1U);
  EXPECT_EQ(world_.drops(2, "claim_guest"), 1U);
  bpf::now_ns += second;
  world_.run("from_tap", 2, hello(2, "10.0.0.11"));
  EXPECT_EQ(world_.owner("10.0.0.11"), 2U);
  world_.run("from_tap", 1, hello(1, "10.0.0.11"));
  EXPECT_EQ(world_.drops(1, "claim_guest"), 1U);
}

TEST_F(Learning, AGuestThatSpeaksKeepsItsAddress) {
  world_.run("from_tap", 1, hello(1, "10.0.0.11"));
  for (int i = 0; i < 10; ++i) {
    bpf::now_ns += 200 * second;
    world_.run("from_tap", 1, hello(1, "10.0.0.11"));
    world_.run("from_tap", 2, hello(2, "10.0.0.11"));
  }
  EXPECT_EQ(world_.owner("10.0.0.11"), 1U);
}

TEST_F(Learning, ACpuWhoseClockIsBehindTakesNothingFromALiveGuest) {
  world_.run("from_tap", 1, hello(1, "10.0.0.11"));
  bpf::now_ns -= 4'000'000;  // one tick
  world_.run("from_tap", 2, hello(2, "10.0.0.11"));
  EXPECT_EQ(world_.owner("10.0.0.11"), 1U);
  bpf::now_ns += 4'000'000;
}

TEST_F(Learning, AnAddressTakenOverIsNotLostWhenItsFormerHolderLearnsMore) {
  world_.run("from_tap", 1, hello(1, "10.0.0.11"));
  bpf::now_ns += 301 * second;
  world_.run("from_tap", 2, hello(2, "10.0.0.11"));
  for (int i = 0; i < 8; ++i) world_.run("from_tap", 1, hello(1, "10.0.1." + std::to_string(i)));
  EXPECT_EQ(world_.owner("10.0.0.11"), 2U);
  EXPECT_EQ(world_.owner("10.0.1.3"), 0U);
  EXPECT_EQ(world_.owner("10.0.1.7"), 1U);
}

TEST_F(Learning, AFullMapStopsTheGuestThatWantsMoreNotTheOthers) {
  world_.run("from_tap", 1, hello(1, "10.0.0.11"));
  bpf::addresses.capacity = bpf::addresses.entries.size();
  world_.run("from_tap", 2, hello(2, "10.0.0.12"));
  EXPECT_EQ(world_.drops(2, "no_memory"), 1U);
  EXPECT_EQ(world_.run("from_bridge", 0, hello(1, "10.0.0.11"), AIRTAP_MARK_CHECKED).verdict, 7U);
  bpf::addresses.capacity = AIRTAP_MAX_ADDRESSES;
}

struct Copy {
  std::uint32_t ifindex;
  bool ingress;
  std::uint32_t mark;
  bool operator==(const Copy&) const = default;
};

std::vector<Copy> copies(const UserWorld::Outcome& outcome) {
  std::vector<Copy> all;
  for (const auto& one : outcome.clones) all.push_back({one.ifindex, one.ingress, one.mark});
  return all;
}

const Copy host{UserWorld::uplink, true, AIRTAP_MARK_TO_HOST};
const Copy bridge{UserWorld::bridge_port, false, 0};
Copy ipvtap(unsigned id) { return {UserWorld::port(id), true, AIRTAP_MARK_TO_GUEST}; }

class Copies : public Learning {
 protected:
  void SetUp() override {
    Learning::SetUp();
    for (const unsigned id : {3U, 4U}) {
      world_.add_guest(id, AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_IPVTAP);
    }
    world_.add_guest(5, AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_IPVTAP | AIRTAP_GUEST_ISOLATE);
    world_.add_guest(6, AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_ISOLATE);
  }
};

TEST_F(Copies, OfABridgeGuestGoUnrewrittenToHostAndIpvtapsThatAreNotIsolated) {
  const Frame frame = hello(1, "10.0.0.11");
  const auto outcome = world_.run("from_bridge", 0, frame, AIRTAP_MARK_CHECKED);
  EXPECT_EQ(copies(outcome), (std::vector{host, ipvtap(3), ipvtap(4)}));
  for (const auto& one : outcome.clones) EXPECT_EQ(one.bytes, frame);
  EXPECT_EQ(outcome.redirect_ifindex, UserWorld::uplink);
}

TEST_F(Copies, OfAnIpvtapGoToHostOtherIpvtapsAndTheBridge) {
  const auto outcome = world_.run("from_ipvtap", 3, hello(3, "10.0.0.13"));
  EXPECT_EQ(copies(outcome), (std::vector{host, ipvtap(4), bridge}));
}

TEST_F(Copies, OfAnIsolatedGuestGoToTheHostOnly) {
  EXPECT_EQ(copies(world_.run("from_ipvtap", 5, hello(5, "10.0.0.15"))), std::vector{host});
  EXPECT_EQ(copies(world_.run("from_tap", 6, hello(6, "10.0.0.16"))), std::vector{host});
}

TEST_F(Copies, OfAirAndHostGoToEveryGuest) {
  const Frame ask =
      ethernet(broadcast, lan_mac, type_arp, arp(1, lan_mac, "10.0.0.100", no_mac, "10.0.0.99"));
  const std::vector all{bridge, ipvtap(3), ipvtap(4), ipvtap(5)};
  EXPECT_EQ(copies(world_.run("from_air", 0, ask)), all);
  EXPECT_EQ(copies(world_.run("from_host", 0, ask)), all);
}

TEST_F(Copies, OnTheBridgeAreHiddenFromIptables) {
  const auto hidden = [](const UserWorld::Outcome& outcome) {
    std::vector<std::uint32_t> devices;
    for (const auto& one : outcome.clones)
      if (one.tagged) devices.push_back(one.ifindex);
    return devices;
  };
  const std::vector only_there{UserWorld::bridge_port};
  const Frame ask =
      ethernet(broadcast, lan_mac, type_arp, arp(1, lan_mac, "10.0.0.100", no_mac, "10.0.0.99"));
  for (const char* program : {"from_air", "from_host"}) {
    const auto outcome = world_.run(program, 0, ask);
    EXPECT_EQ(hidden(outcome), only_there) << program;
    EXPECT_FALSE(outcome.tagged) << program << ": the host's own frame stays as it is";
  }
  EXPECT_EQ(hidden(world_.run("from_ipvtap", 3, hello(3, "10.0.0.13"))), only_there);
  EXPECT_TRUE(world_.run("from_tap", 1, hello(1, "10.0.0.11")).tagged);

  bpf::settings.at(0).has_portless = 1;  // <filterref>: libvirt's rules may be iptables'
  EXPECT_EQ(hidden(world_.run("from_air", 0, ask)), std::vector<std::uint32_t>{});
  EXPECT_FALSE(world_.run("from_tap", 1, hello(1, "10.0.0.11")).tagged);
}

TEST_F(Copies, WithoutGuestsThereAreNoneAndNothingIsLookedAt) {
  UserWorld empty;
  const Frame ask = hello(1, "10.0.0.11");
  for (const char* program : {"from_air", "from_host"}) {
    const auto outcome = empty.run(program, 0, ask);
    EXPECT_EQ(outcome.verdict, 0xffffffffU);
    EXPECT_TRUE(outcome.clones.empty());
  }
}

}  // namespace
}  // namespace airtap::test
