// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Uplinks over which only batman-adv carries guests' MACs: ad hoc networks, mesh points that do not
// forward.
#include <gmock/gmock.h>

#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using test::domain;
using test::nic;
using testing::HasSubstr;

class Batman : public test::SessionTest {
 protected:
  Batman() {
    LinkFacts& ibss = kernel.add_link("ibss0");
    ibss.mac = test::mac("02:00:00:00:02:00");
    ibss.up = ibss.carrier = true;
    kernel.state.wireless["ibss0"] = {.type = WirelessType::ad_hoc};
  }
  static GuestNic on_ibss(unsigned number, std::optional<Mode> mode) {
    GuestNic made = nic(number, mode);
    made.uplink = "ibss0";
    return made;
  }
  Result<> start(const Domain& d) { return session().attach(d, Stage::prepare, libvirtd); }
  PlannedNic planned(const GuestNic& asked) {
    const auto plan = session().plan(domain({asked}));
    EXPECT_TRUE(plan) << plan.error().line();
    return plan ? plan->nics.at(0) : PlannedNic{};
  }
  int master_of(const std::string& port) { return kernel.state.links.at(port).master; }
};

TEST_F(Batman, ABridgeOverAnAdHocNetworkHasAMeshOfItsOwnAndGivesEverythingBack) {
  const test::FakeState before = kernel.state;
  const Domain one = domain({on_ibss(0, Mode::bridge)}, "vm1");
  const Domain two = domain({on_ibss(1, Mode::bridge)}, "vm2");
  ASSERT_TRUE(start(one));
  EXPECT_EQ(kernel.state.links.at("airba-ibss0").kind, "batadv");
  EXPECT_TRUE(kernel.state.links.at("airba-ibss0").up);
  EXPECT_EQ(master_of("airba-ibss0"), kernel.state.links.at("airbs-ibss0").ifindex)
      << "batman-adv asks for all groups where a bridge is on top";
  EXPECT_EQ(master_of("ibss0"), kernel.state.links.at("airba-ibss0").ifindex);
  EXPECT_TRUE(kernel.state.filters.contains({"airba-ibss0", Attachment::air}));
  EXPECT_EQ(master_of("airtap0"), kernel.state.links.at("airbr-ibss0").ifindex);
  ASSERT_TRUE(start(two)) << "the second finds the mesh there and shares it";
  EXPECT_TRUE(session().detach(one.uuid).problems.empty());
  EXPECT_EQ(master_of("ibss0"), kernel.state.links.at("airba-ibss0").ifindex);
  EXPECT_TRUE(session().detach(two.uuid).problems.empty());
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Batman, AutoTakesTheMeshThatIsThereAndMakesNoneUnasked) {
  EXPECT_EQ(planned(on_ibss(0, std::nullopt)).mode, Mode::macnat);
  LinkFacts& bat = kernel.add_link("bat0", "batadv");
  bat.up = bat.carrier = true;
  kernel.state.links["ibss0"].master = bat.ifindex;
  const PlannedNic found = planned(on_ibss(0, std::nullopt));
  EXPECT_EQ(found.mode, Mode::bridge);
  EXPECT_EQ(found.uplink.text(), "bat0");
  EXPECT_EQ(found.reason, "auto: batman-adv can be bridged");
  const Plan plan = session().plan(domain({on_ibss(0, Mode::bridge)})).value();
  for (const FeatureUse& use : plan.uses) EXPECT_NE(use.feature, Feature::batman);
}

TEST_F(Batman, AMeshPointNeedsItOnlyWhereItDoesNotForward) {
  kernel.state.wireless["ibss0"] = {.type = WirelessType::mesh_point};
  EXPECT_EQ(planned(on_ibss(0, std::nullopt)).uplink.text(), "ibss0");
  kernel.state.wireless["ibss0"].mesh_forwarding = false;
  EXPECT_EQ(planned(on_ibss(0, std::nullopt)).uplink.text(), "airba-ibss0");
}

TEST_F(Batman, ANetworksBridgeIsThatOfTheDeviceBelow) {
  Network network{.name = "mesh", .uuid = "00000000-0000-4000-8000-0000000000ff"};
  network.uplink = "ibss0";
  network.mode = Mode::bridge;
  const Network complete = session().complete(network).value();
  EXPECT_EQ(complete.bridge, "airbr-ibss0");
  ASSERT_TRUE(session().start_network(complete, libvirtd));
  EXPECT_EQ(master_of("ibss0"), kernel.state.links.at("airba-ibss0").ifindex);
  EXPECT_TRUE(kernel.state.links.contains("airbr-ibss0"));
}

TEST_F(Batman, TwoWaysOverOneDeviceAreRefusedBeforeAnythingIsTouched) {
  ASSERT_TRUE(start(domain({on_ibss(0, Mode::macnat)}, "vm1")));
  const test::FakeState before = kernel.state;
  const auto refused = start(domain({on_ibss(1, Mode::bridge)}, "vm2"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("ibss0 already serves guests in another mode"));
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Batman, ADeviceMadeAnewIsPartOfTheMeshAgain) {
  ASSERT_TRUE(start(domain({on_ibss(0, Mode::bridge)})));
  LinkFacts made = kernel.add_link("ibss0");
  made.up = made.carrier = true;
  kernel.state.links["ibss0"] = made;
  const Followed followed = session().follow(/*announce_all=*/false).value();
  EXPECT_THAT(followed.mended, testing::Contains(HasSubstr("part of the mesh again")));
  EXPECT_EQ(master_of("ibss0"), kernel.state.links.at("airba-ibss0").ifindex);
}

TEST_F(Batman, ReconcileLeavesTheMeshOfARunningGuest) {
  ASSERT_TRUE(start(domain({on_ibss(0, Mode::bridge)})));
  const test::FakeState running = kernel.state;
  EXPECT_TRUE(session().reconcile().removed.empty());
  EXPECT_EQ(kernel.state, running);
}

}  // namespace
}  // namespace airtap
