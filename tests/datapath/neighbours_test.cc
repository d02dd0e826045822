// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Guests among themselves: over the bridge and past it, isolated or not.
#include "datapath/house.h"

namespace airtap::test {
namespace {

using Neighbours = House;

Frame between(unsigned from, unsigned to, const Mac& destination) {
  return udp_frame(destination, guest_mac(from), "10.0.0.1" + std::to_string(from),
                   "10.0.0.1" + std::to_string(to), 9, 7000);
}

Frame between(unsigned from, unsigned to) { return between(from, to, guest_mac(to)); }

// With and without a program on each TAP: four ways, each of which must carry one copy.
class Pair : public House, public testing::WithParamInterface<std::pair<bool, bool>> {};

TEST_P(Pair, TwoGuestsReachEachOtherOnceAndNothingLeaves) {
  add_tap(1, {.translate = true}, GetParam().first);
  add_tap(2, {.translate = true}, GetParam().second);
  for (int round = 0; round < 3; ++round) {
    guest(1).send(between(1, 2));
    EXPECT_EQ(guest(2).count(same(between(1, 2))), 1) << "round " << round;
    guest(2).send(between(2, 1));
    EXPECT_EQ(guest(1).count(same(between(2, 1))), 1) << "round " << round;
  }
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 0);
}

TEST_P(Pair, AGroupFrameReachesOtherGuestHostAndLanOnce) {
  add_tap(1, {.translate = true}, GetParam().first);
  add_tap(2, {.translate = true}, GetParam().second);
  UdpSocket host(7000);
  const Frame frame = udp_frame(broadcast, guest_mac(1), "10.0.0.11", "255.255.255.255", 9, 7000);
  guest(1).send(frame);
  EXPECT_EQ(guest(2).count(same(frame)), 1);
  EXPECT_EQ(guest(1).count(same(frame)), 0);
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 1);
  EXPECT_TRUE(host.receive());
  EXPECT_FALSE(host.receive(std::chrono::milliseconds(50))) << "the host got it twice";
  EXPECT_EQ(state(1).counters.from_guest_packets, 1U) << "counted at both hooks";
}

INSTANTIATE_TEST_SUITE_P(WithPrograms, Pair,
                         testing::Values(std::pair(true, true), std::pair(true, false),
                                         std::pair(false, true), std::pair(false, false)));

TEST_F(Neighbours, AnIsolatedGuestNeitherReachesNorHearsOthersButTheLan) {
  add_tap(1, {.translate = true, .isolate = true});
  add_tap(2);
  add_tap(3, {.translate = true}, false);
  const Frame group = udp_frame(broadcast, guest_mac(1), "10.0.0.11", "255.255.255.255", 9, 7000);
  guest(1).send(group);
  guest(1).send(between(1, 2));
  EXPECT_EQ(guest(2).count(of_type(type_ipv4)), 0);
  EXPECT_EQ(guest(3).count(of_type(type_ipv4)), 0);
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 1);

  for (const unsigned other : {2U, 3U}) {
    guest(other).send(udp_frame(broadcast, guest_mac(other), "10.0.0.1" + std::to_string(other),
                                "255.255.255.255", 9, 7000));
    guest(other).send(between(other, 1));
  }
  EXPECT_EQ(guest(1).count(of_type(type_ipv4)), 0);
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 2);

  const Frame ask =
      ethernet(broadcast, lan_mac, type_arp, arp(1, lan_mac, lan_ip, no_mac, "10.0.0.11"));
  lan_->send(ask);
  EXPECT_EQ(guest(1).count(same(ask)), 1);
}

TEST_F(Neighbours, AGuestBehindTheStationsMacInTheEyesOfOthersIsFound) {
  add_tap(1);
  add_tap(2);
  announce(2, "10.0.0.12");
  ASSERT_EQ(guest(1).count(of_type(type_arp)), 1);
  guest(1).send(between(1, 2, station));
  EXPECT_EQ(guest(2).count(same(between(1, 2))), 1);
  UdpSocket host(7000);
  box_->run("ip neighbour replace 10.0.0.12 lladdr 02:00:00:00:00:01 dev up0");
  host.send("10.0.0.12", 9, Frame(30, 1));
  EXPECT_EQ(guest(2).count([](const Frame& f) { return has(f, 0, from_mac(guest_mac(2))); }), 1);
}

TEST_F(Neighbours, AFrameUnderAForeignMacReachesNobody) {
  add_tap(1);
  add_tap(2, {.translate = true}, false);
  const Frame ask = arp(1, guest_mac(9), "10.0.0.19", no_mac, lan_ip);
  guest(1).send(ethernet(broadcast, guest_mac(9), type_arp, ask));
  guest(1).send(ethernet(broadcast, station, type_arp, ask));
  EXPECT_EQ(drops(1, "source_mac"), 2U);
  guest(2).send(ethernet(broadcast, guest_mac(9), type_arp, ask));  // seen at the veth only
  EXPECT_EQ(lan_->count(of_type(type_arp)), 0);
}

}  // namespace
}  // namespace airtap::test
