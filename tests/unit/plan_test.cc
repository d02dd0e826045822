// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/names.h"
#include "plan/plan_attach.h"
#include "session/gather.h"
#include "support/builders.h"
#include "support/fake_kernel.h"

namespace airtap {
namespace {

using test::domain;
using test::nic;
using testing::HasSubstr;

class Planning : public testing::Test {
 protected:
  Result<Plan> plan(const Domain& d, Stage stage = Stage::prepare) {
    auto seam = kernel.seam();
    return plan_attach(d, stage, gather(seam).value(), config, in_use);
  }
  std::string error(const Domain& d, Stage stage = Stage::prepare) {
    const auto result = plan(d, stage);
    return result ? "no error" : result.error().line();
  }
  template <class T>
  static int count(const Actions& actions) {
    return static_cast<int>(std::ranges::count_if(
        actions, [](const Action& a) { return std::holds_alternative<T>(a); }));
  }

  test::FakeKernel kernel = test::FakeKernel::laptop();
  Config config;
  std::vector<UplinkInUse> in_use;
};

TEST_F(Planning, AutoOnAStationIsMacnatAndSaysWhy) {
  const Plan p = plan(domain({nic(0)})).value();
  ASSERT_EQ(p.nics.size(), 1U);
  EXPECT_EQ(p.nics[0].mode, Mode::macnat);
  EXPECT_EQ(p.nics[0].reason, "auto: works with any access point");
  EXPECT_EQ(p.nics[0].uplink.text(), "wlan0");
}

TEST_F(Planning, AutoOnAStationWithFourAddressFramesIsFourAddrAndLeavesTheFlagToItsOwner) {
  kernel.state.wireless["wlan0"].four_addr = true;
  const Plan p = plan(domain({nic(0)})).value();
  EXPECT_EQ(p.nics[0].mode, Mode::four_addr);
  for (const FeatureUse& use : p.uses) EXPECT_NE(use.feature, Feature::four_addr);
}

TEST_F(Planning, AutoOnAWiredUplinkIsBridge) {
  kernel.state.wireless.clear();
  EXPECT_EQ(plan(domain({nic(0)})).value().nics[0].mode, Mode::bridge);
}

TEST_F(Planning, FourAddrTurnsTheFlagOnBeforeAnythingElseAndProvesTheGateway) {
  const Plan p = plan(domain({nic(0, Mode::four_addr)})).value();
  ASSERT_EQ(p.shared.size(), 3U);
  EXPECT_EQ(p.shared[0].use.feature, Feature::four_addr);
  ASSERT_EQ(p.shared[0].actions.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<SetFourAddr>(p.shared[0].actions[0]));
  const auto& prove = std::get<ProveGateway>(p.shared[0].actions[1]);
  EXPECT_EQ(prove.gateway.text(), "10.77.0.1");
  EXPECT_LT(prove.timeout_ms, 5000U) << "a failed start must be told within five seconds";
}

TEST_F(Planning, TwoNicsOfOneUplinkShareOneBridgeAndOneDatapath) {
  const Plan p = plan(domain({nic(0), nic(1)})).value();
  EXPECT_EQ(p.shared.size(), 2U);
  EXPECT_EQ(count<CreateTap>(p.own), 2);
  EXPECT_EQ(p.nics[0].id, 1U);
  EXPECT_EQ(p.nics[1].id, 2U);
}

TEST_F(Planning, WhatIsInPlaceIsUsedButNotMadeAgain) {
  in_use = {{test::name("wlan0"), {Feature::datapath, Feature::bridge}, {1, 3}, {}}};
  const Plan p = plan(domain({nic(0)})).value();
  EXPECT_EQ(p.uses.size(), 2U);
  EXPECT_TRUE(p.shared.empty());
  EXPECT_EQ(p.nics[0].id, 2U) << "the free id between 1 and 3";
}

TEST_F(Planning, PromiscuityThatTheUserSetIsNotOursToTakeAway) {
  kernel.state.links["wlan0"].promiscuous = true;
  const Plan p = plan(domain({nic(0)})).value();
  EXPECT_EQ(count<SetPromiscuous>(p.shared[0].actions), 0);
}

TEST_F(Planning, MultiQueueIsAskedForExactlyWhenThereAreSeveral) {
  GuestNic four = nic(0);
  four.queues = 4;
  four.mtu = 1400;
  const Plan p = plan(domain({four, nic(1)})).value();
  const auto& first = std::get<CreateTap>(p.own[0]);
  EXPECT_EQ(first.queues, 4U);
  EXPECT_EQ(first.mtu, 1400U);
}

TEST_F(Planning, ATapThatLibvirtMakesIsJoinedAtStartOnly) {
  GuestNic theirs = nic(0);
  theirs.device_is_ours = false;
  EXPECT_TRUE(plan(domain({theirs})).value().nics.empty());
  const Plan p = plan(domain({theirs}), Stage::start).value();
  EXPECT_EQ(count<CreateTap>(p.own), 0);
  EXPECT_EQ(count<JoinBridge>(p.own), 1);
}

TEST_F(Planning, AFilteredNicDoesNotTakeTheShortWayPastLibvirtsFilter) {
  GuestNic filtered = nic(0);
  filtered.has_filterref = true;
  const Plan p = plan(domain({filtered})).value();
  EXPECT_EQ(count<AttachPrograms>(p.own), 0);
  for (const Action& action : p.own) {
    if (const auto* guest = std::get_if<RegisterGuest>(&action)) {
      EXPECT_TRUE(guest->port.empty());
    }
  }
}

TEST_F(Planning, EveryNicIsValidatedBeforeTheFirstIsPlanned) {
  GuestNic bad = nic(1);
  bad.has_source_ip = true;
  EXPECT_THAT(error(domain({nic(0), bad})), HasSubstr("ua-lan1: <source><ip>"));
}

TEST_F(Planning, ALongUplinkNameGivesDeviceNamesThatFit) {
  const auto devices = devices_of(test::name("wlx00c0caa1b2c3"));
  EXPECT_LE(devices.bridge.text().size(), 15U);
  EXPECT_NE(devices.bridge, devices_of(test::name("wlx00c0caa1b2c4")).bridge);
}

struct Refusal {
  const char* what;
  void (*change)(GuestNic&, test::FakeKernel&, Config&);
  const char* message;
};

class Refusing : public Planning, public testing::WithParamInterface<Refusal> {};

TEST_P(Refusing, TellsWhatAndWhatToDo) {
  GuestNic asked = nic(0);
  GetParam().change(asked, kernel, config);
  EXPECT_EQ(error(domain({asked})), GetParam().message);
}

const Refusal refusals[] = {
    {"UnknownUplink", [](GuestNic& n, auto&, auto&) { n.uplink = "nosuch0"; },
     "ua-lan0: there is no uplink nosuch0 (see 'ip link' for the devices there are)"},
    {"LoopbackUplink", [](GuestNic& n, auto&, auto&) { n.uplink = "lo"; },
     "ua-lan0: lo cannot be an uplink (name the Wi-Fi or Ethernet device that leads to the LAN)"},
    {"NoCarrier", [](auto&, test::FakeKernel& k, auto&) { k.state.links["wlan0"].carrier = false; },
     "ua-lan0: wlan0 is not connected (join the Wi-Fi network first)"},
    {"LongName", [](GuestNic& n, auto&, auto&) { n.target = "airtap0123456789"; },
     "ua-lan0: target: interface name 'airtap0123456789' has 16 characters (use at most 15)"},
    {"TakenName", [](auto&, test::FakeKernel& k, auto&) { k.add_link("airtap0", "dummy"); },
     "ua-lan0: target airtap0 exists already (a dummy) (choose another name in <target dev>)"},
    {"ReservedName", [](GuestNic& n, auto&, auto&) { n.target = "airbr-wlan0"; },
     "ua-lan0: target airbr-wlan0 is a name that airtap uses itself (call it airtap0, airtap1, …)"},
    {"NoTarget", [](GuestNic& n, auto&, auto&) { n.target.clear(); },
     "ua-lan0: the interface has no <target dev> (write <target dev='airtap0' managed='no'/>)"},
    {"Bandwidth", [](GuestNic& n, auto&, auto&) { n.has_bandwidth = true; },
     "ua-lan0: <bandwidth> needs the ingress hook that airtap's programs use (remove it, or put "
     "the guest on a network of airtap's)"},
    {"IsolatedBehindAFilter", [](GuestNic& n, auto&, auto&) { n.isolate = n.has_filterref = true; },
     "ua-lan0: with <filterref> its frames pass over the bridge, where isolate has no effect "
     "(remove one of the two, or add <port isolated='yes'/>)"},
    {"FilterOnIpvtap",
     [](GuestNic& n, auto&, auto&) {
       n.mode = Mode::ipvtap;
       n.has_filterref = true;
     },
     "ua-lan0: ipvtap: <filterref> has no effect on an ipvtap (remove it, or try mode macnat)"},
    {"IpvtapByLibvirt",
     [](GuestNic& n, auto&, auto&) {
       n.mode = Mode::ipvtap;
       n.device_is_ours = false;
     },
     "ua-lan0: ipvtap: an ipvtap cannot be made by libvirt (write <target dev='airtap0' "
     "managed='no'/>)"},
    {"FourAddrOnAWire",
     [](GuestNic& n, test::FakeKernel& k, auto&) {
       n.mode = Mode::four_addr;
       k.state.wireless.clear();
     },
     "ua-lan0: 4addr: wlan0 is not a Wi-Fi station (4-address frames need one; try mode auto)"},
    {"FourAddrWithoutGateway",
     [](GuestNic& n, test::FakeKernel& k, auto&) {
       n.mode = Mode::four_addr;
       k.state.gateways.clear();
     },
     "ua-lan0: 4addr: no gateway is known on wlan0, so nothing could prove that the access point "
     "answers 4-address frames (give the host its address and default route first, or try mode "
     "macnat)"},
    {"BridgeOnAStation", [](GuestNic& n, auto&, auto&) { n.mode = Mode::bridge; },
     "ua-lan0: bridge: wlan0 is a Wi-Fi station: the access point drops frames of other MACs (try "
     "mode macnat)"},
    {"EnslavedUplink",
     [](auto&, test::FakeKernel& k, auto&) {
       k.state.links["wlan0"].master = k.add_link("br0", "bridge").ifindex;
     },
     "ua-lan0: macnat: wlan0 is already a port of br0 (put the guest on that bridge, or take the "
     "uplink out of it)"},
    {"ModeNotAllowed",
     [](GuestNic& n, auto&, Config& c) {
       n.mode = Mode::four_addr;
       c.allowed_modes = {Mode::macnat};
     },
     "ua-lan0: mode 4addr is not allowed by the configuration (allowed: macnat)"},
    {"UplinkNotAllowed",
     [](GuestNic& n, auto&, Config& c) {
       n.uplink = "wlan0";
       c.allowed_uplinks = {"eth0"};
     },
     "ua-lan0: uplink wlan0 is not allowed by the configuration (allowed: eth0)"},
    {"ServerNotAllowed", [](GuestNic& n, auto&, auto&) { n.allow_server = true; },
     "ua-lan0: allow-server is not allowed by the configuration (set server = true under [allow] "
     "in "
     "airtap.toml)"},
    {"StationsOwnMac",
     [](GuestNic& n, test::FakeKernel& k, auto&) { n.mac = k.state.links["wlan0"].mac; },
     "ua-lan0: the guest has the MAC of wlan0 itself (give it one of its own, starting with "
     "52:54:00)"},
    {"GroupMac", [](GuestNic& n, auto&, auto&) { n.mac = test::mac("01:00:5e:00:00:01"); },
     "ua-lan0: 01:00:5e:00:00:01 cannot be a guest's MAC (use one that starts with 52:54:00)"},
    {"MtuTooLarge", [](GuestNic& n, auto&, auto&) { n.mtu = 9000; },
     "ua-lan0: mtu 9000 does not fit wlan0 (use 68 to 1500)"},
    {"TooManyQueues", [](GuestNic& n, auto&, auto&) { n.queues = 257; },
     "ua-lan0: queues='257' is out of range (use 1 to 256)"},
    {"SeveralAdapters",
     [](auto&, test::FakeKernel& k, auto&) {
       k.add_link("wlan1").carrier = true;
       k.state.wireless["wlan1"] = {.type = WirelessType::station};
     },
     "ua-lan0: several Wi-Fi adapters are connected: wlan0, wlan1 (choose one with uplink= in the "
     "metadata or in airtap.toml)"},
};

INSTANTIATE_TEST_SUITE_P(, Refusing, testing::ValuesIn(refusals),
                         [](const auto& refusal) { return refusal.param.what; });

TEST_F(Planning, RefusesTheSameTargetTwiceInOneDomain) {
  GuestNic second = nic(1);
  second.target = "airtap0";
  EXPECT_EQ(error(domain({nic(0), second})),
            "ua-lan1: target airtap0 is also that of ua-lan0 (give each interface a target of its "
            "own)");
}

TEST_F(Planning, RefusesAMacThatAnotherGuestOfTheUplinkHas) {
  in_use = {{test::name("wlan0"), {}, {1}, {nic(0).mac}}};
  EXPECT_THAT(error(domain({nic(0)})), HasSubstr("is in use by another guest on wlan0"));
}

TEST_F(Planning, RefusesTheGuestAfterTheLastId) {
  UplinkInUse full{test::name("wlan0"), {}, {}, {}};
  for (unsigned id = 1; id <= 1023; ++id) full.guest_ids.push_back(id);
  in_use = {full};
  EXPECT_THAT(error(domain({nic(0)})), HasSubstr("already serves 1023 guest interfaces"));
}

}  // namespace
}  // namespace airtap
