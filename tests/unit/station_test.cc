// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Mode station: what makes it impossible, what is made, and what follows when the host moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using testing::HasSubstr;

class Stations : public test::SessionTest {
 protected:
  Stations() { config.station_credentials = "/etc/airtap/station.conf"; }

  Result<> attach(const Domain& guest) { return session().attach(guest, Stage::prepare, libvirtd); }
  std::string refusal(const GuestNic& nic) {
    const auto result = attach(test::domain({nic}));
    EXPECT_FALSE(result);
    return result ? "" : result.error().line();
  }
  static InterfaceCombination limited_to(unsigned stations) {
    return {.limits = {{.most = stations, .types = {"managed"}},
                       {.most = 1, .types = {"AP", "P2P-client", "P2P-GO"}}},
            .most = 3,
            .channels = 2};
  }

  const GuestNic one = test::nic(0, Mode::station);
  const Domain d = test::domain({one});
};

TEST_F(Stations, AreMadeOnTheRadioOfTheUplinkWithTheGuestsMac) {
  const auto before = kernel.state;
  ASSERT_TRUE(attach(d));
  EXPECT_EQ(kernel.state.links["airst-airtap0"].mac, one.mac);
  EXPECT_EQ(kernel.state.links["airst-airtap0"].alias, "airtap");
  EXPECT_EQ(kernel.state.links["airtap0"].kind, "macvtap");
  EXPECT_EQ(kernel.state.links["airtap0"].lower, kernel.state.links["airst-airtap0"].ifindex);
  EXPECT_EQ(kernel.state.supplicants["airst-airtap0"], 2412U);
  EXPECT_TRUE(kernel.state.pins.empty()) << "no datapath is in the way";
  EXPECT_TRUE(session().detach(d.uuid).problems.empty());
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Stations, ARadioThatAllowsOneOnlyIsRefused) {
  // As iwlwifi, rtw88 and rtw89 have it, and a radio that says nothing.
  for (const auto& radio : {std::vector{limited_to(1)}, std::vector<InterfaceCombination>{}}) {
    kernel.radio_can = radio;
    EXPECT_THAT(refusal(one), HasSubstr("station: the radio of wlan0 allows one station only"));
  }
}

TEST_F(Stations, NoMoreThanTheRadioAllows) {
  kernel.radio_can = {limited_to(1), limited_to(2)};
  ASSERT_TRUE(attach(test::domain({one}, "vm1")));
  // Its own second NIC would be the third.
  const auto third = attach(test::domain({test::nic(1, Mode::station)}, "vm2"));
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().line(), HasSubstr("allows 2 stations, and all are in use"));
  EXPECT_TRUE(session().attach(test::domain({one}, "vm1"), Stage::start, libvirtd))
      << "at `start` it is not counted twice";
}

TEST_F(Stations, WhatTheyCannotBeIsSaid) {
  GuestNic odd = one;
  odd.isolate = true;
  EXPECT_THAT(refusal(odd), HasSubstr("isolate has no effect on a station"));
  odd = one;
  odd.addresses = 3;
  EXPECT_THAT(refusal(odd), HasSubstr("addresses has no effect on a station"));
  odd = one;
  odd.has_filterref = true;
  EXPECT_THAT(refusal(odd), HasSubstr("<filterref> has no effect on a station"));
  odd = one;
  odd.device_is_ours = false;
  EXPECT_THAT(refusal(odd), HasSubstr("cannot be made by libvirt"));
  odd = one;
  odd.anonymous = true;
  EXPECT_THAT(refusal(odd), HasSubstr("a caller of the bridge helper does not tell"));
  kernel.state.wireless.clear();
  EXPECT_THAT(refusal(one), HasSubstr("wlan0 is not a Wi-Fi station"));
}

TEST_F(Stations, WithoutCredentialsThereIsNone) {
  config.station_credentials.clear();
  EXPECT_THAT(refusal(one), HasSubstr("set credentials under [station] in airtap.toml"));
}

TEST_F(Stations, WhatTheAccessPointSaysIsTheErrorAndNothingIsLeft) {
  const auto before = kernel.state;
  kernel.station_refused = Error("airst-airtap0: the access point does not accept the key");
  EXPECT_THAT(refusal(one), HasSubstr("the access point does not accept the key"));
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Stations, FollowTheUplinkToAnotherChannelAndOutOfTheNetwork) {
  ASSERT_TRUE(attach(d));
  auto followed = session().follow(false);
  ASSERT_TRUE(followed);
  EXPECT_TRUE(followed->mended.empty());
  for (const unsigned frequency : {0U, 5180U}) {
    kernel.state.association.reset();
    if (frequency != 0) kernel.state.association = Association{"home", frequency};
    followed = session().follow(false);
    ASSERT_TRUE(followed);
    EXPECT_EQ(followed->mended.size(), 1U);
    EXPECT_EQ(kernel.state.supplicants["airst-airtap0"], frequency);
  }
}

TEST_F(Stations, GoWithTheAdapterAndThatIsSaid) {
  ASSERT_TRUE(attach(d));
  kernel.state.links.erase("wlan0");
  const auto followed = session().follow(false);
  ASSERT_TRUE(followed);
  ASSERT_EQ(followed->problems.size(), 1U);
  EXPECT_THAT(followed->problems[0].line(), HasSubstr("its station went with the device wlan0"));
}

TEST_F(Stations, WhatNoRecordKnowsIsFoundByItsName) {
  const auto before = kernel.state;
  ASSERT_TRUE(attach(d));
  std::filesystem::remove_all(records());
  // Killed between creation and mark.
  kernel.state.links["airst-airtap0"].alias.clear();
  EXPECT_TRUE(session().reconcile().problems.empty());
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Stations, OneOfSeveralIsTakenAway) {
  const auto before = kernel.state;
  ASSERT_TRUE(attach(test::domain({test::nic(1)})));
  const auto with_macnat = kernel.state;
  session().detach(test::domain({}).uuid);
  ASSERT_TRUE(attach(test::domain({one, test::nic(1)})));
  ASSERT_TRUE(session().down(test::name("airtap0")));
  EXPECT_FALSE(kernel.state.links.contains("airst-airtap0"));
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
  EXPECT_TRUE(kernel.state.supplicants.empty());
  EXPECT_EQ(kernel.state.filters, with_macnat.filters);
  session().detach(test::domain({}).uuid);
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Stations, StatusSaysWhetherTheyAreInTheNetwork) {
  ASSERT_TRUE(attach(d));
  auto status = session().status();
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->nics.at(0).joined);
  EXPECT_FALSE(status->nics[0].has_traffic);
  kernel.state.links["airtap0"].carrier = false;
  status = session().status();
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->nics.at(0).joined);
}

}  // namespace
}  // namespace airtap
