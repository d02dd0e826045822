// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Networks hold what their guests share; a port is a guest before it has a TAP; whatever fails or
// dies in between leaves what was there before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/session.h"
#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using testing::HasSubstr;

const std::string vm1 = "00000000-0000-4000-8000-000000000001";

class Networks : public test::SessionTest {
 protected:
  Networks() { processes.networks = {"airtap"}; }
  Result<> start() { return session().start_network(network, libvirtd); }
  Result<> attach(unsigned number) {
    return session().attach_port(network, port(number), libvirtd);
  }
  /// libvirt makes the TAP and tells of it.
  Result<> settle(unsigned number, bool on_bridge_only = false) {
    const std::string tap = "vnet" + std::to_string(number);
    if (!kernel.state.links.contains(tap))
      kernel.add_link(tap, "tun").master = kernel.state.links["airbr-wlan0"].ifindex;
    return session().settle(vm1, {{port(number).uuid, tap, on_bridge_only}});
  }
  Cleanup detach(unsigned number) {
    kernel.state.links.erase("vnet" + std::to_string(number));
    return session().detach(vm1, port(number).uuid);
  }
  static NetworkPort port(unsigned number) {
    return {.uuid = "00000000-0000-4000-8000-0000000000a" + std::to_string(number),
            .mac = test::nic(number).mac,
            .domain_name = "vm1",
            .domain_uuid = vm1};
  }
  bool short_way(unsigned number) {
    return kernel.state.filters.contains({"vnet" + std::to_string(number), Attachment::tap});
  }
  Network network{.name = "airtap",
                  .uuid = "00000000-0000-4000-8000-0000000000ff",
                  .bridge = "airbr-wlan0",
                  .mode = Mode::macnat};
};

TEST_F(Networks, ANetworkHoldsItsBridgeUntilItStops) {
  const auto before = kernel.state;
  ASSERT_TRUE(start());
  EXPECT_TRUE(kernel.state.links.contains("airbr-wlan0"));
  session().reconcile();
  EXPECT_TRUE(kernel.state.links.contains("airbr-wlan0"));
  EXPECT_TRUE(session().detach(network.uuid).problems.empty());
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Networks, AtBootTheUplinkMayComeLater) {
  const LinkFacts wlan0 = kernel.state.links["wlan0"];
  kernel.state.links.erase("wlan0");
  EXPECT_TRUE(start());
  EXPECT_FALSE(kernel.state.links.contains("airbr-wlan0"));
  EXPECT_THAT(attach(1).error().line(), HasSubstr("no network device has airbr-wlan0"));
  kernel.state.links["wlan0"] = wlan0;
  EXPECT_TRUE(attach(1));
  EXPECT_TRUE(kernel.state.links.contains("airbr-wlan0"));
  detach(1);
  EXPECT_TRUE(kernel.state.links.contains("airbr-wlan0")) << "the network holds it from now on";
}

TEST_F(Networks, AnUplinkThatIsNotConnectedYetStopsTheGuestNotTheNetwork) {
  kernel.state.links["wlan0"].carrier = false;
  EXPECT_TRUE(start());
  EXPECT_THAT(attach(1).error().line(), HasSubstr("wlan0 is not connected"));
}

TEST_F(Networks, APortIsAGuestFromTheFirstFrameOnAndTakesTheShortWayOnceItHasATap) {
  ASSERT_TRUE(start());
  const auto before = kernel.state;
  ASSERT_TRUE(attach(1));
  EXPECT_EQ(kernel.state.pins["wlan0"].size(), 1U);
  ASSERT_TRUE(settle(1));
  EXPECT_TRUE(short_way(1));
  EXPECT_EQ(session().status()->nics[0].nic.target.text(), "vnet1");
  EXPECT_TRUE(detach(1).problems.empty());
  EXPECT_FALSE(kernel.state.pins["wlan0"].contains(1));
  EXPECT_EQ(kernel.state.links, before.links);
}

TEST_F(Networks, WhatLibvirtFiltersOrShapesStaysOnTheBridge) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(attach(1));
  ASSERT_TRUE(settle(1, /*on_bridge_only=*/true));
  EXPECT_FALSE(short_way(1));
  EXPECT_EQ(session().status()->nics[0].nic.target.text(), "vnet1");
}

TEST_F(Networks, ADaemonThatComesBackTellsTheSamePortAgain) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(attach(1));
  ASSERT_TRUE(settle(1));
  const auto before = kernel.state;
  libvirtd = {2, 1};
  processes.living = {2};
  processes.emulators["vm1"] = {77, 1};
  ASSERT_TRUE(attach(1));
  ASSERT_TRUE(settle(1));
  session().reconcile();
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Networks, ADaemonThatComesBackRepeatsWhatItWasKilledIn) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(attach(1));
  kernel.calls = 0;
  kernel.crash_at = 1;
  EXPECT_THROW((void)settle(1), test::FakeKernel::CrashNow);
  kernel.crash_at.reset();
  ASSERT_TRUE(settle(1));
  EXPECT_TRUE(short_way(1));
}

TEST_F(Networks, GuestsOutliveTheirNetwork) {
  const auto before = kernel.state;
  ASSERT_TRUE(start());
  ASSERT_TRUE(attach(1));
  ASSERT_TRUE(settle(1));
  session().detach(network.uuid);
  EXPECT_TRUE(kernel.state.links.contains("airbr-wlan0"));
  kernel.state.links.erase("vnet1");
  // Of a network that is gone libvirt deletes no port; the domain's end is the guest's.
  EXPECT_TRUE(session().detach(vm1).problems.empty());
  EXPECT_EQ(kernel.state.links, before.links);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Networks, OnePortGoesWhileAnotherStays) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(attach(1));
  ASSERT_TRUE(attach(2));
  ASSERT_TRUE(settle(1));
  ASSERT_TRUE(settle(2));
  detach(1);
  EXPECT_EQ(kernel.state.pins["wlan0"].size(), 1U);
  EXPECT_TRUE(short_way(2));
}

TEST_F(Networks, APortOfADomainThatIsGoneIsCleanedUp) {
  ASSERT_TRUE(start());
  processes.emulators["vm1"] = {77, 1};
  processes.living = {1, 77};
  ASSERT_TRUE(attach(1));
  session().reconcile();
  EXPECT_EQ(kernel.state.pins["wlan0"].size(), 1U);
  processes.living = {1};
  session().reconcile();
  EXPECT_TRUE(kernel.state.pins["wlan0"].empty());
}

TEST_F(Networks, ANetworkThatIsGoneWithItsDaemonIsCleanedUp) {
  const auto before = kernel.state;
  ASSERT_TRUE(start());
  processes.networks.clear();
  session().reconcile();
  EXPECT_TRUE(kernel.state.links.contains("airbr-wlan0")) << "it may just be starting";
  processes.living.clear();
  session().reconcile();
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Networks, WhicheverCallFailsTheHostIsAsBefore) {
  const auto untouched = kernel.state;
  const auto each = [&](const auto& step, const auto& before) {
    unsigned points = 0;
    for (unsigned n = 0;; ++n) {
      kernel.calls = 0;
      kernel.fail_at = n;
      const auto result = step();
      kernel.fail_at.reset();
      if (result) return points;
      ++points;
      EXPECT_THAT(result.error().line(), HasSubstr("made to fail")) << "call " << n;
      EXPECT_EQ(kernel.state, before) << "call " << n;
    }
  };
  const unsigned of_start = each([&] { return start(); }, untouched);
  EXPECT_GT(of_start, 10U);
  const auto network_only = kernel.state;
  const unsigned of_port = each([&] { return attach(1); }, network_only);
  EXPECT_GT(of_port, 0U);
  kernel.add_link("vnet1", "tun");
  const auto on_bridge = kernel.state;
  const unsigned of_tap = each([&] { return settle(1); }, on_bridge);
  EXPECT_GT(of_tap, 0U);
  RecordProperty("points", static_cast<int>(of_start + of_port + of_tap));
}

TEST_F(Networks, WhereverTheHookIsKilledReconcileRestoresTheHost) {
  const auto before = kernel.state;
  unsigned points = 0;
  for (unsigned n = 0;; ++n) {
    kernel.calls = 0;
    kernel.crash_at = n;
    bool crashed = false;
    try {
      ASSERT_TRUE(start());
      ASSERT_TRUE(attach(1));
      ASSERT_TRUE(settle(1));
    } catch (const test::FakeKernel::CrashNow&) {
      crashed = true;
      ++points;
    }
    kernel.crash_at.reset();
    kernel.state.links.erase("vnet1");
    processes.living.clear();
    processes.networks.clear();
    EXPECT_TRUE(session().reconcile().problems.empty()) << "call " << n;
    EXPECT_EQ(kernel.state.links, before.links) << "call " << n;
    EXPECT_EQ(kernel.state.pins, before.pins) << "call " << n;
    EXPECT_EQ(files(), 0U) << "call " << n;
    if (!crashed) break;
    processes.living = {1};
    processes.networks = {"airtap"};
    kernel.state = before;
  }
  EXPECT_GT(points, 12U);
  RecordProperty("points", static_cast<int>(points));
}

TEST_F(Networks, WhatCannotBeANetworkIsRefusedAtItsStart) {
  network.mode = Mode::ipvtap;
  EXPECT_THAT(start().error().line(), HasSubstr("mode ipvtap is not for networks"));
  network.mode = Mode::bridge;
  EXPECT_THAT(start().error().line(), HasSubstr("wlan0 is a Wi-Fi station"));
  network.mode = Mode::macnat;
  network.bridge = "airbr-eth7";
  network.uplink = "wlan0";
  EXPECT_THAT(start().error().line(), HasSubstr("(write airbr-wlan0)"));
  network.bridge = "airbr-wlan0";
  config.allowed_uplinks = {"eth0"};
  EXPECT_THAT(start().error().line(), HasSubstr("wlan0 is not allowed"));
  network.uplink.reset();
  EXPECT_THAT(start().error().line(), HasSubstr("wlan0 is not allowed"));
  network.isolate = true;
  EXPECT_THAT(start().error().line(), HasSubstr("<port isolated='yes'/>"));
}

TEST_F(Networks, APortThatLibvirtNeverToldOfCannotSettle) {
  ASSERT_TRUE(start());
  EXPECT_THAT(settle(1).error().line(), HasSubstr("systemctl reload libvirtd"));
}

TEST_F(Networks, ADomainOnTheBridgeFindsItThereAndJoinsWhenLibvirtHasMadeItsTap) {
  const auto before = kernel.state;
  GuestNic nic = test::nic(1);
  nic.device_is_ours = false;
  nic.bridge = "airbr-wlan0";
  nic.target.clear();
  const Domain d = test::domain({nic});
  ASSERT_TRUE(session().attach(d, Stage::prepare, libvirtd));
  ASSERT_TRUE(kernel.state.links.contains("airbr-wlan0")) << "libvirt needs it now";
  kernel.add_link("vnet1", "tun").master = kernel.state.links["airbr-wlan0"].ifindex;
  nic.target = "vnet1";
  ASSERT_TRUE(session().attach(test::domain({nic}), Stage::start, libvirtd));
  EXPECT_TRUE(short_way(1));
  EXPECT_EQ(session().status()->nics.size(), 1U);
  kernel.state.links.erase("vnet1");
  session().detach(d.uuid);
  EXPECT_EQ(kernel.state.links, before.links);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace airtap
