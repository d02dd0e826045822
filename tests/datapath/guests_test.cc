// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a guest can claim, and what user space writes and reads of it.
#include <unistd.h>

#include "datapath/house.h"

namespace airtap::test {
namespace {

using Guests = House;

std::vector<std::string> texts(const GuestState& state) {
  std::vector<std::string> all;
  for (const auto& one : state.addresses) all.push_back(one.source + " " + one.address.text());
  return all;
}

using Texts = std::vector<std::string>;

// The last frame sent through a TAP has been judged once this returns.
#define EVENTUALLY_EQ(expression, expected)                                        \
  do {                                                                             \
    for (int i = 0; i < 50 && !((expression) == (expected)); ++i) ::usleep(10000); \
    EXPECT_EQ(expression, expected);                                               \
  } while (false)

/// Leaves with the station's MAC and is not the host's own: its kernel solicits routers and reports
/// groups when it likes, from :: or its link-local address.
bool translated(const Frame& f) {
  const bool of_host = has(f, 12, be16(type_ipv6)) &&
                       (has(f, 22, Frame(16, 0)) || has(f, 22, ip("fe80::ff:fe00:1")));
  return has(f, 6, from_mac(station)) && !of_host;
}

TEST_F(Guests, AddressesAreLearnedFromArpIpAndDuplicateAddressDetection) {
  add_tap(1);
  announce(1, "10.0.0.11");
  guest(1).send(udp_frame(lan_mac, guest_mac(1), "10.0.0.21", lan_ip, 9, 9));
  guest(1).send(udp_frame(lan_mac, guest_mac(1), "fd00::11", lan_ip6, 9, 9));
  guest(1).send(ethernet({0x33, 0x33, 0xff, 0, 0, 0x12}, guest_mac(1), type_ipv6,
                         ipv6({"::", "ff02::1:ff00:12", icmpv6_protocol},
                              icmpv6("::", "ff02::1:ff00:12", 135, nd_body("fe80::12", {})))));
  EVENTUALLY_EQ(texts(state(1)),
                (Texts{"arp 10.0.0.11", "ipv4 10.0.0.21", "ipv6 fd00::11", "nd fe80::12"}));
  EXPECT_LT(state(1).addresses.at(0).age_ms, 5000U);
}

TEST_F(Guests, NoGuestGetsAnAddressOfHostGatewayOrAnotherGuest) {
  add_tap(1);
  add_tap(2);
  announce(2, "10.0.0.12");
  EVENTUALLY_EQ(texts(state(2)), Texts{"arp 10.0.0.12"});
  for (const auto& taken :
       {host_ip, gateway_ip, std::string("10.0.0.12"), std::string("10.0.0.255"),
        std::string("224.0.0.1"), std::string("127.0.0.1")}) {
    announce(1, taken);
    guest(1).send(udp_frame(lan_mac, guest_mac(1), taken, lan_ip, 9, 9));
  }
  for (const auto& taken : {host_ip6, gateway_ip6, std::string("ff02::1"), std::string("::1"),
                            std::string("::ffff:10.0.0.12")}) {
    guest(1).send(udp_frame(lan_mac, guest_mac(1), taken, lan_ip6, 9, 9));
  }
  EVENTUALLY_EQ(drops(1, "claim_host"), 3U);
  EVENTUALLY_EQ(drops(1, "claim_gateway"), 3U);
  EVENTUALLY_EQ(drops(1, "claim_guest"), 2U);
  EVENTUALLY_EQ(drops(1, "bad_source"), 9U);
  EXPECT_EQ(texts(state(1)), Texts{});
  EXPECT_EQ(texts(state(2)), Texts{"arp 10.0.0.12"});
  EXPECT_EQ(lan_->count(translated), 1);
}

TEST_F(Guests, AGuestHoldsNoMoreThanItsQuotaAndPushesOutOnlyItsOwn) {
  add_tap(1, {.translate = true, .address_quota = 2});
  add_tap(2);
  announce(2, "10.0.0.12");
  for (const char* one : {"10.0.1.1", "10.0.1.2", "10.0.1.3"}) announce(1, one);
  EVENTUALLY_EQ(texts(state(1)), (Texts{"arp 10.0.1.2", "arp 10.0.1.3"}));
  EXPECT_EQ(texts(state(2)), Texts{"arp 10.0.0.12"});
}

TEST_F(Guests, AnAddressThatBecomesTheHostsIsTakenFromTheGuest) {
  add_tap(1);
  announce(1, "10.0.0.11");
  EVENTUALLY_EQ(texts(state(1)), Texts{"arp 10.0.0.11"});
  auto changed = settings();
  changed.host = {address("10.0.0.11")};
  ASSERT_EQ(said(datapath_.configure(uplink, changed)), "");
  EXPECT_EQ(texts(state(1)), Texts{});
  announce(1, "10.0.0.11");
  EVENTUALLY_EQ(drops(1, "claim_host"), 1U);
  announce(1, host_ip);  // no longer the host's
  EVENTUALLY_EQ(texts(state(1)), Texts{"arp " + host_ip});
}

TEST_F(Guests, ARemovedGuestIsForgottenAndItsAddressesAreFree) {
  add_tap(1);
  add_tap(2);
  announce(1, "10.0.0.11");
  EVENTUALLY_EQ(texts(state(1)), Texts{"arp 10.0.0.11"});
  ASSERT_EQ(said(datapath_.remove_guest(uplink, 1)), "");
  ASSERT_EQ(said(datapath_.remove_guest(uplink, 1)), "");
  EXPECT_EQ(datapath_.guests(uplink)->size(), 1U);
  announce(2, "10.0.0.11");
  EVENTUALLY_EQ(texts(state(2)), Texts{"arp 10.0.0.11"});
  announce(1, "10.0.0.21");
  EXPECT_EQ(lan_->count([](const Frame& f) { return has(f, 28, ip("10.0.0.21")); }), 0);
}

TEST_F(Guests, RegisteringTheSameGuestAgainForgetsNothingAnotherOneEverything) {
  add_tap(1);
  announce(1, "10.0.0.11");
  EVENTUALLY_EQ(texts(state(1)), Texts{"arp 10.0.0.11"});
  DatapathGuest again{.id = 1, .mac = to_mac(guest_mac(1)), .translate = true, .address_quota = 8};
  again.port_ifindex = box_->ifindex("tap1");
  ASSERT_EQ(said(datapath_.add_guest(uplink, again)), "");
  EXPECT_EQ(texts(state(1)), Texts{"arp 10.0.0.11"});
  EXPECT_EQ(state(1).counters.from_guest_packets, 1U);
  again.mac = to_mac(guest_mac(7));
  ASSERT_EQ(said(datapath_.add_guest(uplink, again)), "");
  EXPECT_EQ(texts(state(1)), Texts{});
  EXPECT_EQ(state(1).mac, to_mac(guest_mac(7)));
  announce(1, "10.0.0.11");  // still under the old MAC
  EVENTUALLY_EQ(drops(1, "source_mac"), 1U);
}

TEST_F(Guests, ARegistrationThatCannotWorkIsRefused) {
  add_tap(1);
  DatapathGuest other{.id = 2, .mac = to_mac(guest_mac(1)), .address_quota = 4};
  EXPECT_EQ(said(datapath_.add_guest(uplink, other)), "MAC 52:54:00:00:00:01 is already guest 1's");
  other.mac = to_mac(broadcast);
  EXPECT_EQ(said(datapath_.add_guest(uplink, other)), "ff:ff:ff:ff:ff:ff cannot be a guest's MAC");
  other.mac = to_mac(guest_mac(2));
  other.address_quota = 0;
  EXPECT_EQ(said(datapath_.add_guest(uplink, other)), "a guest can hold 1 to 64 addresses, not 0");
  other.id = 1024;
  EXPECT_EQ(said(datapath_.add_guest(uplink, other)), "guest id 1024 is out of range");
  EXPECT_EQ(said(datapath_.remove_guest(uplink, 1024)), "");
  EXPECT_EQ(said(datapath_.add_guest(name("none0"), {.id = 1})), "no datapath is loaded for none0");
  EXPECT_EQ(said(datapath_.remove_guest(name("none0"), 1)), "");
}

TEST_F(Guests, OnlyAServerMayServe) {
  add_tap(1);
  add_tap(2, {.translate = true, .allow_server = true});
  for (const unsigned id : {1U, 2U}) {
    const std::string v4 = "10.0.0.1" + std::to_string(id), v6 = "fe80::" + std::to_string(id);
    guest(id).send(udp_frame(broadcast, guest_mac(id), v4, "255.255.255.255", 67, 68,
                             bootp(2, 0x8000, guest_mac(9))));
    guest(id).send(udp_frame(lan_mac, guest_mac(id), v6, lan_ip6, 547, 546));
    for (const unsigned type : {134U, 137U}) {
      const Frame body = type == 134 ? Frame(12, 0) + nd_option(1, guest_mac(id)) : Frame(36, 0);
      guest(id).send(
          ethernet({0x33, 0x33, 0, 0, 0, 1}, guest_mac(id), type_ipv6,
                   ipv6({v6, "ff02::1", icmpv6_protocol}, icmpv6(v6, "ff02::1", type, body))));
    }
  }
  EVENTUALLY_EQ(drops(1, "server"), 4U);
  EXPECT_EQ(drops(2, "server"), 0U);
  EXPECT_EQ(lan_->count(translated), 4);
}

}  // namespace
}  // namespace airtap::test
