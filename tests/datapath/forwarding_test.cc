// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Whole ways of a frame, through real devices: guest's TAP, bridge, veth, uplink, LAN.
#include "datapath/house.h"

namespace airtap::test {
namespace {

using Forwarding = House;

Matches arp_from(const std::string& ip_text) {
  return [=](const Frame& frame) {
    return of_type(type_arp)(frame) && has(frame, 28, ip(ip_text));
  };
}

TEST_F(Forwarding, AnArpRequestOfAGuestLeavesUnderTheStationsMacOnce) {
  add_tap(1);
  const Frame request = arp(1, guest_mac(1), "10.0.0.11", no_mac, "10.0.0.77");
  guest(1).send(ethernet(broadcast, guest_mac(1), type_arp, request));
  const Frame expected =
      ethernet(broadcast, station, type_arp, arp(1, station, "10.0.0.11", no_mac, "10.0.0.77"));
  EXPECT_EQ(lan_->count(arp_from("10.0.0.11")), 1);
  guest(1).send(ethernet(broadcast, guest_mac(1), type_arp, request));
  EXPECT_TRUE(lan_->receive(same(expected)));
}

TEST_F(Forwarding, TheLansKernelAnswersAGuestAndTheAnswerFindsIt) {
  add_tap(1);
  guest(1).send(ethernet(broadcast, guest_mac(1), type_arp,
                         arp(1, guest_mac(1), "10.0.0.11", no_mac, lan_ip)));
  const auto reply = guest(1).receive(arp_from(lan_ip));
  ASSERT_TRUE(reply);
  EXPECT_EQ(*reply, ethernet(guest_mac(1), lan_mac, type_arp,
                             arp(2, lan_mac, lan_ip, guest_mac(1), "10.0.0.11")));
}

TEST_F(Forwarding, TheHostAndAGuestReachEachOtherWithoutTheAir) {
  add_tap(1);
  guest(1).send(ethernet(broadcast, guest_mac(1), type_arp,
                         arp(1, guest_mac(1), "10.0.0.11", no_mac, host_ip)));
  const auto reply = guest(1).receive(arp_from(host_ip));
  ASSERT_TRUE(reply);
  EXPECT_TRUE(has(*reply, 0, from_mac(guest_mac(1)) + from_mac(station)));
  EXPECT_EQ(lan_->count(arp_from(host_ip)), 0);
}

}  // namespace
}  // namespace airtap::test
