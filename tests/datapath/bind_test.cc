// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Guests registered without a MAC: bound to that of their first frame, once.
#include <unistd.h>

#include "datapath/house.h"

namespace airtap::test {
namespace {

const Mac gateway_mac{0x02, 0, 0, 0, 0, 0xfe};
const Mac nobody = guest_mac(9);

Frame hello(const Mac& mac, const std::string& ip_text) {
  return ethernet(broadcast, mac, type_arp, arp(1, mac, ip_text, no_mac, ip_text));
}

class Binding : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_EQ(said(datapath_.reserve(uplink, {to_mac(gateway_mac)})), "");
  }
  /// Guest `id`, whose MAC the datapath does not know.
  void add_unbound(unsigned id, bool on_ipvtap = false) {
    on_ipvtap ? add_ipvtap(id) : add_tap(id);
    ASSERT_EQ(said(datapath_.add_guest(uplink, registration(id, on_ipvtap))), "");
  }
  DatapathGuest registration(unsigned id, bool on_ipvtap = false) const {
    DatapathGuest guest{.id = id, .port_is_ipvtap = on_ipvtap, .translate = true};
    guest.address_quota = 8;
    guest.port_ifindex = box_->ifindex((on_ipvtap ? "ivt" : "tap") + std::to_string(id));
    return guest;
  }
  /// Until the frames sent so far have been judged.
  bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 100 && !holds(); ++i) ::usleep(10000);
    return holds();
  }
  bool is_bound(unsigned id, const Mac& mac) {
    return eventually([&] { return state(id).mac == to_mac(mac); });
  }
  int arrivals(const std::string& ip_text) {
    return lan_->count(
        [&](const Frame& f) { return has(f, 6, from_mac(station)) && has(f, 28, ip(ip_text)); });
  }
};

TEST_F(Binding, TheFirstFrameDecidesAndTheGuestIsServedUnderThatMac) {
  add_unbound(1);
  EXPECT_TRUE(state(1).mac.is_zero());
  guest(1).send(hello(nobody, "10.0.0.11"));
  EXPECT_TRUE(is_bound(1, nobody));
  EXPECT_EQ(arrivals("10.0.0.11"), 1);
  lan_->send(udp_frame(station, lan_mac, lan_ip, "10.0.0.11", 9, 7000));
  EXPECT_EQ(guest(1).count(same(udp_frame(nobody, lan_mac, lan_ip, "10.0.0.11", 9, 7000))), 1);
}

TEST_F(Binding, AnIpvtapIsBoundAlike) {
  add_unbound(3, /*on_ipvtap=*/true);
  guest(3).send(hello(nobody, "10.0.0.13"));
  EXPECT_TRUE(is_bound(3, nobody));
  lan_->send(udp_frame(station, lan_mac, lan_ip, "10.0.0.13", 9, 7000));
  EXPECT_EQ(guest(3).count(same(udp_frame(nobody, lan_mac, lan_ip, "10.0.0.13", 9, 7000))), 1);
}

TEST_F(Binding, OnlyOnce) {
  add_unbound(1);
  guest(1).send(hello(nobody, "10.0.0.11"));
  ASSERT_TRUE(is_bound(1, nobody));
  guest(1).send(hello(guest_mac(8), "10.0.0.18"));
  EXPECT_TRUE(eventually([&] { return drops(1, "source_mac") == 1; }));
  EXPECT_EQ(arrivals("10.0.0.18"), 0);
  EXPECT_TRUE(is_bound(1, nobody));
}

TEST_F(Binding, NeverToAMacThatIsSomebodyElses) {
  add_unbound(1);
  add_tap(2);
  const Mac others[] = {station,   gateway_mac, guest_mac(2),
                        broadcast, no_mac,      {1, 0, 0x5e, 0, 0, 1}};
  for (const Mac& mac : others) guest(1).send(hello(mac, "10.0.0.11"));
  EXPECT_TRUE(eventually([&] { return drops(1, "source_mac") == std::size(others); }));
  EXPECT_TRUE(state(1).mac.is_zero());
  EXPECT_EQ(arrivals("10.0.0.11"), 0);
  // and it is still free to be bound to one of its own
  guest(1).send(hello(nobody, "10.0.0.11"));
  EXPECT_TRUE(is_bound(1, nobody));
}

TEST_F(Binding, TwoGuestsDoNotGetTheSameMac) {
  add_unbound(1);
  add_unbound(2);
  guest(1).send(hello(nobody, "10.0.0.11"));
  ASSERT_TRUE(is_bound(1, nobody));
  guest(2).send(hello(nobody, "10.0.0.12"));
  EXPECT_TRUE(eventually([&] { return drops(2, "source_mac") == 1; }));
  EXPECT_TRUE(state(2).mac.is_zero());
}

TEST_F(Binding, AGuestThatIsNotBoundYetHearsTheLanAllTheSame) {
  add_unbound(1);
  const Frame ask =
      ethernet(broadcast, lan_mac, type_arp, arp(1, lan_mac, lan_ip, no_mac, "10.0.0.99"));
  lan_->send(ask);
  EXPECT_EQ(guest(1).count(same(ask)), 1);
}

TEST_F(Binding, RegisteredAgainItStaysBoundForgottenItsMacIsFree) {
  add_unbound(1);
  guest(1).send(hello(nobody, "10.0.0.11"));
  ASSERT_TRUE(is_bound(1, nobody));
  ASSERT_EQ(said(datapath_.add_guest(uplink, registration(1))), "");
  EXPECT_EQ(state(1).mac, to_mac(nobody));
  ASSERT_EQ(said(datapath_.remove_guest(uplink, 1)), "");
  add_unbound(2);
  guest(2).send(hello(nobody, "10.0.0.12"));
  EXPECT_TRUE(is_bound(2, nobody));
}

TEST_F(Binding, WhatIsReservedCanChange) {
  add_unbound(1);
  ASSERT_EQ(said(datapath_.reserve(uplink, {to_mac(nobody)})), "");
  guest(1).send(hello(nobody, "10.0.0.11"));
  EXPECT_TRUE(eventually([&] { return drops(1, "source_mac") == 1; }));
  ASSERT_EQ(said(datapath_.reserve(uplink, {})), "");
  guest(1).send(hello(nobody, "10.0.0.11"));
  EXPECT_TRUE(is_bound(1, nobody));
}

TEST_F(Binding, WithoutAPortNothingCouldBeBound) {
  DatapathGuest guest{.id = 5, .address_quota = 4};
  EXPECT_EQ(said(datapath_.add_guest(uplink, guest)), "a guest without a MAC needs a port");
}

}  // namespace
}  // namespace airtap::test
