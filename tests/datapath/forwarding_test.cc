// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Whole ways of a frame, through real devices: guest's TAP, bridge, veth, uplink, LAN.
#include "datapath/house.h"

namespace airtap::test {
namespace {

using namespace std::chrono_literals;
using Forwarding = House;

Matches arp_from(const std::string& ip_text) {
  return
      [=](const Frame& frame) { return of_type(type_arp)(frame) && has(frame, 28, ip(ip_text)); };
}

Matches icmpv6_of(unsigned type) {
  return [=](const Frame& frame) {
    return of_type(type_ipv6)(frame) && has(frame, 20, bytes({icmpv6_protocol})) &&
           has(frame, 54, bytes({type}));
  };
}

const Frame text(26, 0x61);

TEST_F(Forwarding, AnArpRequestOfAGuestLeavesUnderTheStationsMacOnce) {
  add_tap(1);
  const Frame request = ethernet(broadcast, guest_mac(1), type_arp,
                                 arp(1, guest_mac(1), "10.0.0.11", no_mac, "10.0.0.77"));
  guest(1).send(request);
  EXPECT_EQ(lan_->count(arp_from("10.0.0.11")), 1);
  guest(1).send(request);
  EXPECT_TRUE(lan_->receive(same(
      ethernet(broadcast, station, type_arp, arp(1, station, "10.0.0.11", no_mac, "10.0.0.77")))));
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
  UdpSocket host(7000);
  guest(1).send(ethernet(broadcast, guest_mac(1), type_arp,
                         arp(1, guest_mac(1), "10.0.0.11", no_mac, host_ip)));
  const auto reply = guest(1).receive(arp_from(host_ip));
  ASSERT_TRUE(reply);
  EXPECT_TRUE(has(*reply, 0, from_mac(guest_mac(1)) + from_mac(station)));
  EXPECT_NE(box_->output("ip neighbour show 10.0.0.11").find("52:54:00:00:00:01"),
            std::string::npos)
      << "the host must know the guest by its own MAC, or it would look for it on the air";

  guest(1).send(udp_frame(station, guest_mac(1), "10.0.0.11", host_ip, 9, 7000));
  EXPECT_EQ(host.receive(), text);
  host.send("10.0.0.11", 9, text);
  EXPECT_TRUE(guest(1).receive([](const Frame& frame) {
    return of_type(type_ipv4)(frame) && has(frame, 0, from_mac(guest_mac(1)) + from_mac(station)) &&
           has(frame, 42, text);
  }));
  EXPECT_EQ(lan_->count([](const Frame& frame) {
    return arp_from(host_ip)(frame) || of_type(type_ipv4)(frame);
  }),
            0);
}

TEST_F(Forwarding, UdpBothWaysBetweenAGuestAndTheLansKernel) {
  add_tap(1);
  box_->run_in_lan("ip neighbour replace 10.0.0.11 lladdr 02:00:00:00:00:01 dev lan0");
  const UdpSocket socket = box_->lan_udp(7000);
  guest(1).send(udp_frame(lan_mac, guest_mac(1), "10.0.0.11", lan_ip, 9, 7000));
  EXPECT_EQ(socket.receive(), text);
  box_->in_lan([&] { socket.send("10.0.0.11", 9, text); });
  EXPECT_TRUE(guest(1).receive([](const Frame& frame) {
    return of_type(type_ipv4)(frame) && has(frame, 0, from_mac(guest_mac(1)) + from_mac(lan_mac)) &&
           has(frame, 42, text);
  }));
  EXPECT_EQ(state(1).counters.from_guest_packets, 1U);
  EXPECT_EQ(state(1).counters.to_guest_packets, 1U);
}

TEST_F(Forwarding, ASolicitationIsTranslatedWithAChecksumTheLansKernelAccepts) {
  add_tap(1);
  const std::string target = lan_ip6, group = "ff02::1:ff00:100", own = "fd00::11";
  guest(1).send(
      ethernet({0x33, 0x33, 0xff, 0, 1, 0}, guest_mac(1), type_ipv6,
               ipv6({own, group, icmpv6_protocol},
                    icmpv6(own, group, 135, nd_body(target, nd_option(1, guest_mac(1)))))));
  const auto left =
      lan_->receive([&](const Frame& f) { return icmpv6_of(135)(f) && has(f, 22, ip(own)); });
  ASSERT_TRUE(left);
  EXPECT_TRUE(has(*left, 6, from_mac(station)));
  EXPECT_TRUE(has(*left, 78, nd_option(1, station)));
  const auto answer = guest(1).receive(icmpv6_of(136));
  ASSERT_TRUE(answer) << "the kernel ignores a solicitation whose checksum is wrong";
  EXPECT_TRUE(has(*answer, 0, from_mac(guest_mac(1)) + from_mac(lan_mac)));
}

TEST_F(Forwarding, AGuestsAdvertisementLeadsTheLanToIt) {
  add_tap(1);
  const std::string own = "fd00::11", all = "ff02::1";
  guest(1).send(ethernet(
      {0x33, 0x33, 0, 0, 0, 1}, guest_mac(1), type_ipv6,
      ipv6({own, all, icmpv6_protocol},
           icmpv6(own, all, 136, bytes({0x20, 0, 0, 0}) + ip(own) + nd_option(2, guest_mac(1))))));
  const UdpSocket socket = box_->lan_udp(7000);
  box_->in_lan([&] { socket.send(own, 9, text); });
  const auto asked = guest(1).receive(icmpv6_of(135));
  ASSERT_TRUE(asked);
  EXPECT_TRUE(has(*asked, 0, bytes({0x33, 0x33, 0xff})) || has(*asked, 0, from_mac(guest_mac(1))));
  guest(1).send(
      ethernet(lan_mac, guest_mac(1), type_ipv6,
               ipv6({own, lan_ip6, icmpv6_protocol},
                    icmpv6(own, lan_ip6, 136,
                           bytes({0x60, 0, 0, 0}) + ip(own) + nd_option(2, guest_mac(1))))));
  EXPECT_TRUE(guest(1).receive([](const Frame& frame) { return has(frame, 62, text); }))
      << "the LAN's kernel did not believe the advertisement";
}

TEST_F(Forwarding, ADhcpClientAsksForBroadcastUnderItsOwnChaddrWithAGoodChecksum) {
  add_tap(1);
  const UdpSocket server = box_->lan_udp(67);
  const Frame discover = bootp(1, 0, guest_mac(1));
  guest(1).send(udp_frame(broadcast, guest_mac(1), "0.0.0.0", "255.255.255.255", 68, 67, discover));
  EXPECT_EQ(server.receive(), bootp(1, 0x8000, guest_mac(1)));
  EXPECT_TRUE(state(1).addresses.empty());

  Frame unchecked =
      udp_frame(broadcast, guest_mac(1), "0.0.0.0", "255.255.255.255", 68, 67, discover);
  unchecked[40] = unchecked[41] = 0;
  guest(1).send(unchecked);
  EXPECT_EQ(server.receive(), bootp(1, 0x8000, guest_mac(1)));
}

TEST_F(Forwarding, ADhcpServerThatIgnoresTheBroadcastFlagStillFindsTheGuest) {
  add_tap(1);
  add_tap(2);
  const Frame offer = bootp(2, 0, guest_mac(2));
  lan_->send(udp_frame(station, lan_mac, lan_ip, "10.0.0.12", 67, 68, offer));
  EXPECT_TRUE(
      guest(2).receive(same(udp_frame(guest_mac(2), lan_mac, lan_ip, "10.0.0.12", 67, 68, offer))));
  EXPECT_EQ(guest(1).count(of_type(type_ipv4)), 0);
  lan_->send(udp_frame(station, lan_mac, lan_ip, "255.255.255.255", 67, 68, offer));
  EXPECT_TRUE(guest(2).receive(
      same(udp_frame(broadcast, lan_mac, lan_ip, "255.255.255.255", 67, 68, offer))));
}

TEST_F(Forwarding, WhatAnAccessPointTurnedIntoUnicastIsAGroupFrameAgain) {
  add_tap(1);
  UdpSocket host(7000);
  const struct {
    const char* to;
    Mac group;
  } cases[] = {{"255.255.255.255", broadcast},
               {"10.0.0.255", broadcast},
               {"224.0.0.251", {1, 0, 0x5e, 0, 0, 251}},
               {"239.255.255.250", {1, 0, 0x5e, 0x7f, 0xff, 0xfa}}};
  for (const auto& one : cases) {
    lan_->send(udp_frame(station, lan_mac, lan_ip, one.to, 9, 7000));
    EXPECT_TRUE(guest(1).receive(same(udp_frame(one.group, lan_mac, lan_ip, one.to, 9, 7000))))
        << one.to;
  }
  EXPECT_EQ(host.receive(), text) << "the host must have got the broadcast as well";
  const Frame ask = arp(1, lan_mac, lan_ip, no_mac, "10.0.0.77");
  lan_->send(ethernet(station, lan_mac, type_arp, ask));
  EXPECT_TRUE(guest(1).receive(same(ethernet(broadcast, lan_mac, type_arp, ask))));
  const Frame taken = arp(2, lan_mac, lan_ip, station, "0.0.0.0");  // an answer to a probe
  lan_->send(ethernet(station, lan_mac, type_arp, taken));
  EXPECT_TRUE(guest(1).receive(same(ethernet(broadcast, lan_mac, type_arp, taken))));
  lan_->send(udp_frame(station, lan_mac, lan_ip6, "ff02::fb", 9, 7000));
  EXPECT_TRUE(guest(1).receive(
      same(udp_frame({0x33, 0x33, 0, 0, 0, 0xfb}, lan_mac, lan_ip6, "ff02::fb", 9, 7000))));
}

TEST_F(Forwarding, AGroupFrameOfTheLanReachesEachGuestOnceAndTheHost) {
  add_tap(1);
  add_tap(2, {.translate = true}, false);
  const Frame ask =
      ethernet(broadcast, lan_mac, type_arp, arp(1, lan_mac, lan_ip, no_mac, host_ip));
  lan_->send(ask);
  EXPECT_TRUE(lan_->receive(arp_from(host_ip)));
  EXPECT_EQ(guest(1).count(same(ask)), 1);
  EXPECT_EQ(guest(2).count(same(ask)), 1);
}

TEST_F(Forwarding, AGroupFrameOfTheHostReachesEachGuestAndTheLanOnce) {
  add_tap(1);
  add_tap(2);
  UdpSocket host(7000);
  host.send("10.0.0.255", 9, text);
  const Matches mine = [](const Frame& frame) { return has(frame, 42, text); };
  EXPECT_EQ(guest(1).count(mine), 1);
  EXPECT_EQ(guest(2).count(mine), 1);
  EXPECT_EQ(lan_->count(mine), 1);
}

TEST_F(Forwarding, AUnicastAddressInAGroupFrameDoesNotReachTheGuestThatHasIt) {
  add_tap(1);
  announce(1, "10.0.0.11");
  ASSERT_TRUE(lan_->receive(arp_from("10.0.0.11")));
  lan_->send(udp_frame(broadcast, lan_mac, lan_ip, "10.0.0.11", 9, 7000));
  EXPECT_EQ(guest(1).count(of_type(type_ipv4)), 0);
  EXPECT_EQ(drops(1, "unicast_in_group"), 1U);
}

TEST_F(Forwarding, EapolOfTheLanReachesNoGuestAndEapolOfAGuestNobody) {
  add_tap(1);
  const auto host = box_->packet_socket("up0");
  const Frame start = bytes({1, 1, 0, 0}) + Frame(46, 0);
  lan_->send(ethernet({1, 0x80, 0xc2, 0, 0, 3}, lan_mac, 0x888e, start));
  lan_->send(ethernet(broadcast, lan_mac, 0x888e, start));
  EXPECT_EQ(guest(1).count(of_type(0x888e)), 0);
  EXPECT_EQ(host.count(of_type(0x888e)), 2);
  for (const unsigned type : {0x888eU, 0x88c7U, 0x890dU, 0x8100U}) {
    guest(1).send(ethernet(broadcast, guest_mac(1), type, start));
    guest(1).send(ethernet(lan_mac, guest_mac(1), type, start));
  }
  EXPECT_EQ(lan_->count(Matches([](const Frame& f) { return !of_type(type_ipv6)(f); })), 0);
  EXPECT_EQ(host.count(of_type(0x888e)), 0);
  EXPECT_EQ(drops(1, "protocol"), 8U);
}

TEST_F(Forwarding, AnUntranslatedGuestKeepsItsMacInBothDirections) {
  add_tap(1, {.translate = false});
  const Frame out = udp_frame(lan_mac, guest_mac(1), "10.0.0.11", lan_ip, 9, 7000);
  guest(1).send(out);
  EXPECT_TRUE(lan_->receive(same(out)));
  const Frame in = udp_frame(guest_mac(1), lan_mac, lan_ip, "10.0.0.11", 7000, 9);
  lan_->send(in);
  EXPECT_TRUE(guest(1).receive(same(in)));
  const Frame other = ethernet(broadcast, guest_mac(1), 0x88b5, Frame(50, 7));
  guest(1).send(other);
  EXPECT_TRUE(lan_->receive(same(other)));
  // to the station's MAC means to the host, whatever the address
  lan_->send(udp_frame(station, lan_mac, lan_ip, "10.0.0.11", 7000, 9));
  EXPECT_EQ(guest(1).count(of_type(type_ipv4)), 0);
}

TEST_F(Forwarding, AnEchoOfOurOwnGroupFrameReachesNobody) {
  add_tap(1);
  add_tap(2, {.translate = false});
  const Frame ask = arp(1, station, "10.0.0.11", no_mac, "10.0.0.77");
  lan_->send(ethernet(broadcast, station, type_arp, ask));
  lan_->send(ethernet(broadcast, guest_mac(2), type_arp, ask));
  EXPECT_EQ(guest(1).count(of_type(type_arp)), 0);
}

}  // namespace
}  // namespace airtap::test
