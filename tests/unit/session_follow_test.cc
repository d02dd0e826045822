// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The host changes while guests run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "session/session.h"
#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using test::domain;
using test::mac;
using test::nic;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

class Following : public test::SessionTest {
 protected:
  void start(const Domain& d) {
    const auto started = session().attach(d, Stage::prepare, ProcessId{1, 1});
    ASSERT_TRUE(started) << started.error().line();
  }
  Followed follow(bool announce = false) {
    const auto followed = session().follow(announce);
    EXPECT_TRUE(followed);
    return followed.value_or(Followed{});
  }
  LinkFacts& uplink() { return kernel.state.links["wlan0"]; }
  /// The kernel deletes and somebody makes again: other ifindex, no filters, no flags.
  void make_uplink_anew() {
    const LinkFacts old = uplink();
    LinkFacts made = kernel.add_link("wlan0");
    made.mac = old.mac;
    made.up = true;
    uplink() = made;
    kernel.state.wireless["wlan0"] = {.type = WirelessType::station};
    std::erase_if(kernel.state.filters, [](const auto& f) { return f.first == "wlan0"; });
    std::erase_if(kernel.state.links, [&](const auto& l) {
      return l.second.kind == "ipvtap" && l.second.lower == old.ifindex;
    });
    for (HostAddress& address : kernel.state.addresses) address.ifindex = made.ifindex;
    for (Gateway& gateway : kernel.state.gateways) gateway.ifindex = made.ifindex;
  }
  /// As if the guest with this id had been heard.
  void learn(unsigned id, const char* address, std::uint64_t age_ms = 1000) {
    kernel.learned[id].push_back({ip(address), age_ms, "arp"});
  }
};

TEST_F(Following, WithoutGuestsThereIsNothingToFollow) { EXPECT_FALSE(follow().guests_left); }

TEST_F(Following, NothingIsTouchedWhileNothingChanges) {
  start(domain({nic(0, Mode::macnat), nic(1, Mode::ipvtap), nic(2, Mode::four_addr)}));
  const auto before = kernel.state;
  kernel.calls = 0;
  const Followed followed = follow();
  EXPECT_TRUE(followed.guests_left);
  EXPECT_FALSE(followed.moved);
  EXPECT_THAT(followed.mended, IsEmpty());
  EXPECT_THAT(followed.problems, IsEmpty());
  EXPECT_EQ(kernel.calls, 0U) << "changing calls";
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Following, ANewMacOfTheStationReachesTheDatapathAndEverybodyIsTold) {
  start(domain({nic(0, Mode::macnat)}));
  learn(1, "10.77.0.101");
  uplink().mac = mac("02:00:00:00:99:99");
  const Followed followed = follow();
  EXPECT_EQ(kernel.configured.station_mac, uplink().mac);
  EXPECT_THAT(followed.mended, ElementsAre(HasSubstr("MAC is now 02:00:00:00:99:99")));
  EXPECT_TRUE(followed.moved);
  EXPECT_THAT(kernel.announced,
              Contains(Announcement{ip("10.77.0.101"), uplink().mac, Audience::lan}))
      << "the LAN must learn the translated guest's new MAC";
  EXPECT_THAT(kernel.announced,
              Contains(Announcement{ip("10.77.0.20"), uplink().mac, Audience::everyone}))
      << "guests must learn the host's";
}

TEST_F(Following, AnUntranslatedGuestIsAnnouncedWithItsOwnMac) {
  const Domain d = domain({nic(7, Mode::four_addr)});
  start(d);
  learn(1, "10.77.0.107");
  follow(/*announce=*/true);
  EXPECT_THAT(kernel.announced,
              Contains(Announcement{ip("10.77.0.107"), d.nics[0].mac, Audience::lan}));
}

TEST_F(Following, AnAddressThatWasSilentForLongIsNobodysToAnnounce) {
  start(domain({nic(0, Mode::macnat)}));
  learn(1, "10.77.0.101", 400'000);
  follow(/*announce=*/true);
  for (const Announcement& announcement : kernel.announced)
    EXPECT_NE(announcement.address, ip("10.77.0.101"));
}

TEST_F(Following, ATentativeAddressIsNotAnnouncedYet) {
  start(domain({nic(0, Mode::macnat)}));
  kernel.state.addresses.push_back({.ifindex = uplink().ifindex,
                                    .address = ip("fe80::1"),
                                    .prefix_length = 64,
                                    .tentative = true});
  follow();
  for (const Announcement& announcement : kernel.announced)
    EXPECT_NE(announcement.address, ip("fe80::1"));
  EXPECT_THAT(kernel.configured.host, Contains(ip("fe80::1"))) << "but no guest may claim it";
}

TEST_F(Following, TheMacOfANewGatewayIsKeptFromGuestsThatHaveSentNothingYet) {
  start(domain({nic(0)}));
  ASSERT_TRUE(kernel.reserved.empty());
  kernel.state.gateways[0].address = IpAddress::parse("10.77.0.2").value();
  follow();
  EXPECT_THAT(kernel.reserved, testing::Contains(MacAddress::parse("02:00:00:00:00:fe").value()));
}

TEST_F(Following, AddressAndGatewayOfTheHostAreKeptCurrent) {
  start(domain({nic(0, Mode::macnat)}));
  kernel.state.addresses[0].address = ip("10.78.0.9");
  kernel.state.gateways[0].address = ip("10.78.0.1");
  follow();
  EXPECT_THAT(kernel.configured.host, ElementsAre(ip("10.78.0.9")));
  EXPECT_THAT(kernel.configured.gateways, ElementsAre(ip("10.78.0.1")));
}

TEST_F(Following, TheDirectedBroadcastIsThatOfThePrefixWhereNobodySetOne) {
  start(domain({nic(0, Mode::macnat)}));
  kernel.state.addresses[0] = {
      .ifindex = uplink().ifindex, .address = ip("10.78.129.9"), .prefix_length = 18};
  follow();
  EXPECT_THAT(kernel.configured.broadcasts, ElementsAre(ip("10.78.191.255")));
  kernel.state.addresses[0].prefix_length = 32;
  follow();
  EXPECT_THAT(kernel.configured.broadcasts, IsEmpty());
}

TEST_F(Following, AnUplinkThatIsGoneIsWaitedFor) {
  start(domain({nic(0, Mode::macnat)}));
  kernel.state.links.erase("wlan0");
  const Followed followed = follow(/*announce=*/true);
  EXPECT_TRUE(followed.guests_left);
  EXPECT_THAT(followed.problems, IsEmpty());
}

TEST_F(Following, AnUplinkMadeAnewGetsAllThatTheOldOneHad) {
  start(domain({nic(0, Mode::macnat), nic(1, Mode::four_addr)}));
  make_uplink_anew();
  const Followed followed = follow();
  EXPECT_THAT(followed.problems, IsEmpty());
  EXPECT_TRUE(kernel.state.filters.contains({"wlan0", Attachment::air}));
  EXPECT_TRUE(uplink().promiscuous);
  EXPECT_TRUE(kernel.state.wireless["wlan0"].four_addr);
  EXPECT_EQ(kernel.configured.uplink_ifindex, uplink().ifindex);
  EXPECT_THAT(follow().mended, IsEmpty()) << "once is enough";
}

TEST_F(Following, AnUplinkThatWasRenamedIsFoundAtTheEnd) {
  const Domain guest = domain({nic(0, Mode::macnat)});
  const LinkFacts before = uplink();
  start(guest);
  LinkFacts renamed = uplink();
  renamed.name = IfName::parse("wlp9").value();
  kernel.state.links.erase("wlan0");
  kernel.state.links["wlp9"] = renamed;
  kernel.state.filters.erase({"wlan0", Attachment::air});
  kernel.state.filters.insert({"wlp9", Attachment::air});
  EXPECT_THAT(session().detach(guest.uuid).problems, IsEmpty());
  EXPECT_THAT(kernel.state.filters, IsEmpty());
  EXPECT_TRUE(renamed.promiscuous) << "or this proves nothing";
  EXPECT_EQ(kernel.state.links["wlp9"].promiscuous, before.promiscuous);
}

TEST_F(Following, WhicheverCallFailsTheNextLookFinishes) {
  start(domain({nic(0, Mode::macnat), nic(1, Mode::four_addr)}));
  make_uplink_anew();
  const auto untouched = kernel.state;
  for (unsigned n = 0;; ++n) {
    kernel.state = untouched;
    kernel.configured.uplink_ifindex = -1;
    kernel.calls = 0;
    kernel.fail_at = n;
    const Followed followed = follow();
    kernel.fail_at.reset();
    follow();
    EXPECT_TRUE(kernel.state.filters.contains({"wlan0", Attachment::air})) << "call " << n;
    EXPECT_TRUE(kernel.state.wireless["wlan0"].four_addr) << "call " << n;
    EXPECT_EQ(kernel.configured.uplink_ifindex, uplink().ifindex) << "call " << n;
    if (followed.problems.empty()) {
      RecordProperty("points", static_cast<int>(n));
      break;
    }
    ASSERT_LT(n, 20U);
  }
}

TEST_F(Following, FourAddrFramesTurnedOffBySomebodyAreTurnedOnAgain) {
  start(domain({nic(0, Mode::four_addr)}));
  kernel.state.wireless["wlan0"].four_addr = false;
  const Followed followed = follow();
  EXPECT_TRUE(kernel.state.wireless["wlan0"].four_addr);
  EXPECT_THAT(followed.mended, ElementsAre(HasSubstr("turned on again")));
}

TEST_F(Following, FourAddrFramesOfSomebodyElseAreNotOurs) {
  kernel.state.wireless["wlan0"].four_addr = true;
  start(domain({nic(0, Mode::four_addr)}));
  kernel.state.wireless["wlan0"].four_addr = false;
  follow();
  EXPECT_FALSE(kernel.state.wireless["wlan0"].four_addr);
}

TEST_F(Following, AnIpvtapOutlivesItsUplink) {
  start(domain({nic(0, Mode::ipvtap)}));
  const auto links = kernel.state.links.size();
  make_uplink_anew();
  const Followed followed = follow();
  EXPECT_THAT(followed.problems, IsEmpty());
  EXPECT_EQ(kernel.state.links.size(), links);
  EXPECT_TRUE(kernel.state.filters.contains({"wlan0", Attachment::air}));
}

TEST_F(Following, ADamagedRecordKeepsTheFollowerAlive) {
  start(domain({nic(0)}));
  for (const auto& file : std::filesystem::directory_iterator(directory / "run"))
    if (file.path().filename().string().starts_with("guest-"))
      std::filesystem::resize_file(file.path(), 40);
  EXPECT_TRUE(follow().guests_left);
}

TEST_F(Following, AStartFindsWhatChangedSinceTheLastOne) {
  start(domain({nic(0)}, "vm1"));
  uplink().mac = mac("02:00:00:00:99:99");
  start(domain({nic(1)}, "vm2"));
  EXPECT_EQ(kernel.configured.station_mac, uplink().mac);
}

}  // namespace
}  // namespace airtap
