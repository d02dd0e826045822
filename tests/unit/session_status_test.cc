// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Records joined with what datapath and devices have counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using test::domain;
using test::nic;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class StatusOf : public test::SessionTest {
 protected:
  StatusOf() { processes.living = {1}; }
  /// One NIC, and what the programs have counted for it.
  GuestCounters& guest(const std::string& domain_name, unsigned number, Mode mode) {
    const Domain d = domain({nic(number, mode)}, domain_name);
    EXPECT_TRUE(session().attach(d, Stage::prepare, libvirtd));
    return kernel.counted[id_of(domain_name)];
  }
  NicStatus only(const std::string& domain_name) {
    const auto status = session().status(domain_name);
    EXPECT_EQ(status->nics.size(), 1U);
    return status->nics.at(0);
  }
  unsigned id_of(const std::string& domain_name) { return only(domain_name).nic.id; }
};

TEST_F(StatusOf, ATapCountsWhatTheBridgeFloodsToIt) {
  GuestCounters& programs = guest("vm1", 0, Mode::macnat);
  programs.from_guest_packets = 5;
  programs.to_guest_packets = 7;
  kernel.link_counters["airtap0"] = {.rx_packets = 50, .tx_packets = 9, .tx_bytes = 900};
  const GuestCounters& counters = only("vm1").datapath.counters;
  EXPECT_EQ(counters.to_guest_packets, 9U);
  EXPECT_EQ(counters.to_guest_bytes, 900U);
  EXPECT_EQ(counters.from_guest_packets, 5U) << "the device counts what is dropped as well";
  EXPECT_THAT(counters.drops, IsEmpty());
}

TEST_F(StatusOf, AnIpvtapCountsWhatTheProgramsGiveIt) {
  guest("vm1", 0, Mode::ipvtap).to_guest_packets = 7;
  kernel.link_counters["airtap0"] = {.rx_packets = 100, .tx_packets = 9};
  EXPECT_EQ(only("vm1").datapath.counters.to_guest_packets, 7U);
}

TEST_F(StatusOf, WhatFindsTheQueueFullIsADropWithAReason) {
  guest("vm1", 0, Mode::macnat).drops = {{"echo", 2}};
  guest("vm2", 1, Mode::ipvtap);
  kernel.link_counters["airtap0"] = {.rx_dropped = 1, .tx_dropped = 3};
  kernel.link_counters["airtap1"] = {.rx_dropped = 4, .tx_dropped = 1};
  EXPECT_THAT(only("vm1").datapath.counters.drops,
              ElementsAre(Pair("echo", 2), Pair("queue_full", 3)));
  EXPECT_THAT(only("vm2").datapath.counters.drops, ElementsAre(Pair("queue_full", 4)));
}

TEST_F(StatusOf, WithoutTheDeviceTheProgramsFigureIsShown) {
  guest("vm1", 0, Mode::macnat).to_guest_packets = 7;
  kernel.state.links.erase("airtap0");
  EXPECT_EQ(only("vm1").datapath.counters.to_guest_packets, 7U);
}

TEST_F(StatusOf, OneDomainByNameOrUuid) {
  guest("vm1", 0, Mode::macnat);
  guest("vm2", 1, Mode::macnat);
  EXPECT_EQ(session().status()->nics.size(), 2U);
  EXPECT_EQ(only("vm2").owner, "vm2");
  EXPECT_EQ(only(domain({}, "vm1").uuid).owner, "vm1");
  const auto none = session().status("vm3");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().line(), HasSubstr("no guest vm3 uses airtap"));
}

TEST_F(StatusOf, EachUplinkOnceWithWhatIsNoGuests) {
  guest("vm1", 0, Mode::macnat);
  guest("vm2", 1, Mode::macnat);
  kernel.of_strangers.drops = {{"unknown_guest", 3}};
  const auto status = session().status();
  ASSERT_EQ(status->uplinks.size(), 1U);
  EXPECT_EQ(status->uplinks[0].uplink.text(), "wlan0");
  EXPECT_EQ(status->uplinks[0].station_mac.text(), "02:00:00:00:01:00");
  EXPECT_THAT(status->uplinks[0].strangers.drops, ElementsAre(Pair("unknown_guest", 3)));
}

TEST_F(StatusOf, ADamagedRecordIsToldBesideWhatIsLeft) {
  guest("vm1", 0, Mode::macnat);
  guest("vm2", 1, Mode::macnat);
  std::filesystem::resize_file(records() / ("guest-" + domain({}, "vm1").uuid + ".json"), 40);
  const auto status = session().status();
  EXPECT_EQ(status->nics.size(), 1U);
  ASSERT_EQ(status->problems.size(), 1U);
  EXPECT_THAT(status->problems[0].line(), HasSubstr("damaged"));
}

}  // namespace
}  // namespace airtap
