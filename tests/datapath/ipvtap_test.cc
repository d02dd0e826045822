// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Guests on ipvtaps, alone and beside guests on the bridge (sandbox.h says what stands in for an
// ipvtap where the kernel has none).
#include "datapath/house.h"

namespace airtap::test {
namespace {

using Ipvtap = House;

Frame between(unsigned from, unsigned to) {
  return udp_frame(guest_mac(to), guest_mac(from), "10.0.0.1" + std::to_string(from),
                   "10.0.0.1" + std::to_string(to), 9, 7000);
}

Frame group_of(unsigned from) {
  return udp_frame(broadcast, guest_mac(from), "10.0.0.1" + std::to_string(from), "255.255.255.255",
                   9, 7000);
}

Frame ask_of_lan(const std::string& ip_text) {
  return ethernet(broadcast, lan_mac, type_arp, arp(1, lan_mac, lan_ip, no_mac, ip_text));
}

TEST_F(Ipvtap, AGuestUnderItsOwnMacReachesTheLanAndIsReached) {
  add_ipvtap(3);
  guest(3).send(ethernet(broadcast, guest_mac(3), type_arp,
                         arp(1, guest_mac(3), "10.0.0.13", no_mac, lan_ip)));
  const Frame answer =
      ethernet(guest_mac(3), lan_mac, type_arp, arp(2, lan_mac, lan_ip, guest_mac(3), "10.0.0.13"));
  EXPECT_EQ(guest(3).count(same(answer)), 1);
  EXPECT_EQ(lan_->count(same(ethernet(broadcast, station, type_arp,
                                      arp(1, station, "10.0.0.13", no_mac, lan_ip)))),
            1);
}

TEST_F(Ipvtap, AGroupFrameOfTheLanArrivesOnceAlthoughTheRxHandlerCopiesItToo) {
  add_ipvtap(3);
  add_ipvtap(4);
  const Frame ask = ask_of_lan("10.0.0.99");
  lan_->send(ask);
  EXPECT_EQ(guest(3).count(same(ask)), 1);
  EXPECT_EQ(guest(4).count(same(ask)), 1);
}

TEST_F(Ipvtap, WithoutTapsNothingIsCopiedToTheBridge) {
  add_ipvtap(3);
  Wire bridge = box_->packet_socket("airin0");
  lan_->send(ask_of_lan("10.0.0.99"));
  guest(3).send(group_of(3));
  EXPECT_EQ(bridge.count([](const Frame&) { return true; }), 0);
  add_tap(1);
  lan_->send(ask_of_lan("10.0.0.99"));
  EXPECT_EQ(bridge.count(of_type(type_arp)), 1);
}

TEST_F(Ipvtap, AnEchoOfItsOwnGroupFrameDoesNotArrive) {
  add_ipvtap(3);
  guest(3).send(group_of(3));
  EXPECT_EQ(guest(3).count(of_type(type_ipv4)), 0);
}

TEST_F(Ipvtap, TheHostAndAGuestReachEachOtherWithoutTheAir) {
  add_ipvtap(3);
  UdpSocket host(7000);
  guest(3).send(ethernet(broadcast, guest_mac(3), type_arp,
                         arp(1, guest_mac(3), "10.0.0.13", no_mac, host_ip)));
  EXPECT_TRUE(guest(3).receive([](const Frame& f) {
    return of_type(type_arp)(f) && has(f, 0, from_mac(guest_mac(3)) + from_mac(station));
  }));
  guest(3).send(udp_frame(station, guest_mac(3), "10.0.0.13", host_ip, 9, 7000));
  EXPECT_TRUE(host.receive());
  host.send("10.0.0.13", 9, Frame(20, 1));
  EXPECT_TRUE(guest(3).receive(of_type(type_ipv4)));
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 0);
}

TEST_F(Ipvtap, GuestsOnIpvtapsAndOnTheBridgeReachEachOtherOnce) {
  add_tap(1);
  add_tap(2, {.translate = true}, false);
  add_ipvtap(3);
  add_ipvtap(4);
  for (unsigned from = 1; from <= 4; ++from) {
    guest(from).send(group_of(from));
    for (unsigned to = 1; to <= 4; ++to) {
      EXPECT_EQ(guest(to).count(same(group_of(from))), from == to ? 0 : 1) << from << " to " << to;
    }
  }
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 4);
  for (unsigned from = 1; from <= 4; ++from) {
    for (unsigned to = 1; to <= 4; ++to) {
      if (from == to) continue;
      guest(from).send(between(from, to));
      EXPECT_EQ(guest(to).count(same(between(from, to))), 1) << from << " to " << to;
    }
  }
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 0);
}

TEST_F(Ipvtap, AnIsolatedGuestHearsTheLanButNoGuest) {
  add_tap(1);
  add_ipvtap(3, {.translate = true, .isolate = true});
  add_ipvtap(4);
  for (const unsigned from : {1U, 4U}) {
    guest(from).send(group_of(from));
    guest(from).send(between(from, 3));
  }
  guest(3).send(group_of(3));
  guest(3).send(between(3, 1));
  EXPECT_EQ(guest(3).count(of_type(type_ipv4)), 0);
  EXPECT_EQ(guest(1).count(has_source(guest_mac(3))), 0);
  EXPECT_EQ(guest(4).count(has_source(guest_mac(3))), 0);
  lan_->send(ask_of_lan("10.0.0.13"));
  EXPECT_EQ(guest(3).count(same(ask_of_lan("10.0.0.13"))), 1);
}

TEST_F(Ipvtap, NothingReachesAGuestThatWasRemoved) {
  add_ipvtap(3);
  ASSERT_EQ(said(datapath_.remove_guest(uplink, 3)), "");
  lan_->send(ask_of_lan("10.0.0.13"));
  EXPECT_EQ(guest(3).count(of_type(type_arp)), 0);
  guest(3).send(group_of(3));
  EXPECT_EQ(lan_->count(of_type(type_ipv4)), 0);
}

}  // namespace
}  // namespace airtap::test
