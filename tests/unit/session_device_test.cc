// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Devices that are made to be plugged into a guest that runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/session.h"
#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using test::name;
using test::nic;
using testing::HasSubstr;

class Devices : public test::SessionTest {
 protected:
  Devices() {
    processes.emulators["vm1"] = {77, 1};
    processes.living = {1, 77};
  }
  const std::string vm1 = test::domain({}).uuid;
};

TEST_F(Devices, UpThenDownLeavesTheHostAsItWasInEveryMode) {
  const auto before = kernel.state;
  for (const Mode mode : {Mode::macnat, Mode::ipvtap, Mode::four_addr}) {
    ASSERT_TRUE(session().up(nic(0, mode), std::nullopt));
    EXPECT_TRUE(kernel.state.links.contains("airtap0"));
    const auto cleanup = session().down(name("airtap0"));
    ASSERT_TRUE(cleanup) << cleanup.error().line();
    EXPECT_TRUE(cleanup->problems.empty());
    EXPECT_EQ(kernel.state, before);
    EXPECT_EQ(files(), 0U);
  }
}

TEST_F(Devices, NobodysDeviceStaysWhateverDies) {
  ASSERT_TRUE(session().up(nic(0), std::nullopt));
  processes.living.clear();
  session().reconcile();
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
}

TEST_F(Devices, ADomainsDeviceGoesWithIt) {
  ASSERT_TRUE(session().up(nic(0), DomainName{"vm1", vm1}));
  session().reconcile();
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
  session().detach(vm1);
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
  ASSERT_TRUE(session().up(nic(0), DomainName{"vm1", vm1}));
  processes.living = {1};
  session().reconcile();
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
  EXPECT_THAT(session().up(nic(0), DomainName{"vm2", vm1}).error().line(),
              HasSubstr("vm2 is not running"));
}

TEST_F(Devices, WhatAGuestHasOpenIsNotTakenAway) {
  ASSERT_TRUE(session().up(nic(0), DomainName{"vm1", vm1}));
  kernel.state.links["airtap0"].carrier = true;
  EXPECT_THAT(session().down(name("airtap0")).error().line(),
              HasSubstr("airtap0 is plugged into vm1 (take it out first: virsh detach-device)"));
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
}

TEST_F(Devices, WhatIsNotOursIsRefused) {
  EXPECT_THAT(session().down(name("wlan0")).error().line(), HasSubstr("is no device of airtap's"));
}

TEST_F(Devices, OneOfADomainsOwnCanGoWhileTheOthersStay) {
  const Domain d = test::domain({nic(0), nic(1, Mode::ipvtap)});
  ASSERT_TRUE(session().attach(d, Stage::prepare, ProcessId{1, 1}));
  const auto cleanup = session().down(name("airtap0"));
  ASSERT_TRUE(cleanup) << cleanup.error().line();
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
  EXPECT_TRUE(kernel.state.links.contains("airtap1"));
  EXPECT_EQ(kernel.state.pins["wlan0"].size(), 1U);
  EXPECT_EQ(session().status()->nics.size(), 1U);
  EXPECT_TRUE(session().detach(d.uuid).problems.empty());
  EXPECT_EQ(files(), 0U);
}

TEST_F(Devices, AStartTakesOverADeviceThatNobodyHolds) {
  ASSERT_TRUE(session().up(nic(0), std::nullopt));
  ASSERT_TRUE(session().attach(test::domain({nic(0)}), Stage::prepare, ProcessId{1, 1}));
  session().detach(vm1);
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(Devices, AStartDoesNotTakeADeviceFromAnotherGuest) {
  ASSERT_TRUE(session().up(nic(0), std::nullopt));
  kernel.state.links["airtap0"].carrier = true;
  const auto refused = session().attach(test::domain({nic(0)}), Stage::prepare, ProcessId{1, 1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("airtap0 exists already"));
  EXPECT_THAT(refused.error().line(), HasSubstr("airtap down airtap0"));
}

}  // namespace
}  // namespace airtap
