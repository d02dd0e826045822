// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Containers of libvirt-LXC, from the XML to what is made, kept and taken away.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "domain/domain_xml.h"
#include "domain/prefilter.h"
#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using testing::HasSubstr;

const std::vector<std::string> claim{"airtap*"};
constexpr const char* uuid = "6a1f0000-0000-4000-8000-000000000001";

std::string container(const std::string& devices, const std::string& nics = "") {
  return fmt::format(
      "<domain type='lxc'><name>c1</name><uuid>{}</uuid><metadata><airtap:guest "
      "xmlns:airtap='urn:airtap:domain:1'>{}</airtap:guest></metadata><devices>{}</devices>"
      "</domain>",
      uuid, nics, devices);
}

std::string hostdev(const std::string& device) {
  return "<hostdev mode='capabilities' type='net'><source><interface>" + device +
         "</interface></source></hostdev>";
}

std::string error_of(const std::string& xml) {
  const auto parsed = parse_domain(xml, claim);
  return parsed ? "no error" : parsed.error().line();
}

TEST(ContainerXml, AHostdevOfOurNameIsOurs) {
  const std::string xml = container(hostdev("airtap0") + hostdev("eth7"));
  const Domain parsed = parse_domain(xml, claim).value();
  ASSERT_EQ(parsed.nics.size(), 1U);
  EXPECT_EQ(parsed.nics[0].target, "airtap0");
  EXPECT_EQ(parsed.nics[0].label, "airtap0");
  EXPECT_TRUE(parsed.nics[0].moves_away);
  EXPECT_TRUE(parsed.nics[0].device_is_ours);
}

TEST(ContainerXml, TheFrontOfTheHookLetsItThrough) {
  const std::string xml = fmt::format(
      "<domain type='lxc'><name>c1</name><uuid>{}</uuid><devices>{}"
      "</devices></domain>",
      uuid, hostdev("airtap0"));
  ASSERT_EQ(parse_domain(xml, claim).value().nics.size(), 1U);
  EXPECT_TRUE(may_concern_us(xml));
}

TEST(ContainerXml, MetadataNamesTheDeviceByTarget) {
  const Domain parsed =
      parse_domain(container(hostdev("wifi0"), "<airtap:nic target='wifi0' uplink='wlan0'/>"),
                   claim)
          .value();
  ASSERT_EQ(parsed.nics.size(), 1U);
  EXPECT_EQ(parsed.nics[0].uplink, "wlan0");
  EXPECT_THAT(error_of(container(hostdev("wifi0"), "<airtap:nic target='wifi1'/>")),
              HasSubstr("wifi1: the metadata names it, but no interface"));
  EXPECT_THAT(error_of(container(hostdev("wifi0"), "<airtap:nic target='wifi0' alias='ua-lan'/>")),
              HasSubstr("both target and alias"));
}

TEST(ContainerXml, OtherHostdevsAreNobodysBusiness) {
  for (const char* other :
       {"<hostdev mode='subsystem' type='pci'><source><interface>airtap0</interface></source>"
        "</hostdev>",
        "<hostdev mode='capabilities' type='misc'><source><char>/dev/x</char></source></hostdev>",
        "<hostdev mode='capabilities' type='net'/>"})
    EXPECT_TRUE(parse_domain(container(other), claim).value().nics.empty()) << other;
}

TEST(ContainerXml, AVethIsLibvirtsToMake) {
  const std::string nic =
      "<interface type='ethernet'><mac address='52:54:00:00:00:01'/><target dev='airtap0'{}/>"
      "</interface>";
  EXPECT_FALSE(parse_domain(container(fmt::format(fmt::runtime(nic), "")), claim)
                   .value()
                   .nics.at(0)
                   .device_is_ours);
  EXPECT_THAT(error_of(container(fmt::format(fmt::runtime(nic), " managed='no'"))),
              HasSubstr("managed='no' has no effect in libvirt-LXC"));
}

class Containers : public test::SessionTest {
 protected:
  static GuestNic device(const std::string& target, std::optional<Mode> mode = std::nullopt) {
    GuestNic nic;
    nic.label = nic.target = target;
    nic.device_is_ours = nic.moves_away = true;
    nic.mode = mode;
    return nic;
  }
  Result<> start(const Domain& domain) {
    return session().attach(domain, Stage::prepare, libvirtd);
  }
  std::string refusal(const GuestNic& nic) {
    const auto plan = session().plan(test::domain({nic}));
    return plan ? "no error" : plan.error().line();
  }
  /// libvirt moves it into the container, where nobody on the host sees it.
  void move_away(const std::string& target) { kernel.state.links.erase(target); }
};

TEST_F(Containers, GetIpvlansOfTheUplinkAndGiveEverythingBack) {
  const test::FakeState before = kernel.state;
  const Domain two = test::domain({device("airtap0"), device("airtap1")});
  ASSERT_TRUE(start(two));
  EXPECT_EQ(kernel.state.links["airtap0"].kind, "ipvlan");
  EXPECT_EQ(kernel.state.links["airtap1"].lower, kernel.state.links["wlan0"].ifindex);
  EXPECT_TRUE(kernel.state.filters.contains({"wlan0", Attachment::ipvlan}));
  move_away("airtap0");
  move_away("airtap1");
  EXPECT_TRUE(session().detach(two.uuid).problems.empty());
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Containers, ThatNeverCameToLifeLeaveNoDevice) {
  const test::FakeState before = kernel.state;
  const Domain one = test::domain({device("airtap0")});
  ASSERT_TRUE(start(one));
  EXPECT_TRUE(session().detach(one.uuid).problems.empty());
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Containers, TheDatapathForgetsABridgeThatIsGone) {
  const Domain bridged = test::domain({test::nic(0, Mode::macnat)}, "vm1");
  ASSERT_TRUE(start(bridged));
  EXPECT_NE(kernel.configured.bridge_port_ifindex, 0);
  ASSERT_TRUE(start(test::domain({device("airtap1")}, "c2")));
  session().detach(bridged.uuid);
  EXPECT_EQ(kernel.configured.bridge_port_ifindex, 0);
}

TEST_F(Containers, ADeviceOfTheSameNameThatIsNotOursStays) {
  const Domain one = test::domain({device("airtap0")});
  ASSERT_TRUE(start(one));
  move_away("airtap0");
  kernel.add_link("airtap0", "ipvlan");
  EXPECT_TRUE(session().detach(one.uuid).problems.empty());
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
}

TEST_F(Containers, AModeForAllOthersIsNotMeantForThem) {
  config.mode = Mode::macnat;
  const auto plan = session().plan(test::domain({device("airtap0")}));
  ASSERT_TRUE(plan) << plan.error().line();
  EXPECT_EQ(plan->nics[0].mode, Mode::ipvlan);
  EXPECT_EQ(plan->nics[0].reason, "auto: the device moves into a container");
}

TEST_F(Containers, WhatCannotBeIsRefused) {
  EXPECT_THAT(refusal(device("airtap0", Mode::macnat)), HasSubstr("mode macnat has no device"));
  EXPECT_THAT(refusal(test::nic(0, Mode::ipvlan)), HasSubstr("an ipvlan is for containers"));
  GuestNic odd = device("airtap0");
  odd.isolate = true;
  EXPECT_THAT(refusal(odd), HasSubstr("isolate has no effect on an ipvlan"));
  odd = device("airtap0");
  odd.addresses = 3;
  EXPECT_THAT(refusal(odd), HasSubstr("addresses has no effect on an ipvlan"));
  config.allowed_modes = {Mode::macnat};
  EXPECT_THAT(refusal(device("airtap0")), HasSubstr("mode ipvlan is not allowed"));
  config.allowed_modes = {};
  kernel.add_link("held0", "macvtap").lower = kernel.state.links["wlan0"].ifindex;
  EXPECT_THAT(refusal(device("airtap0")), HasSubstr("wlan0 already carries macvtap held0"));
  LinkFacts& held = kernel.state.links["held0"];
  held.kind = "ipvlan";
  EXPECT_THAT(refusal(device("airtap0")), HasSubstr("ipvlan held0, which is not in mode l2"));
  held.ipvlan_l2_bridge = true;
  EXPECT_EQ(refusal(device("airtap0")), "no error");
  kernel.state.wireless["wlan0"].shared_with_amt = true;
  EXPECT_THAT(refusal(device("airtap0")), HasSubstr("Intel's AMT listens on wlan0"));
}

TEST_F(Containers, StatusShowsTheStationsMac) {
  ASSERT_TRUE(start(test::domain({device("airtap0")})));
  move_away("airtap0");
  const auto status = session().status();
  ASSERT_TRUE(status);
  ASSERT_EQ(status->nics.size(), 1U);
  EXPECT_EQ(status->nics[0].nic.mac, kernel.state.links["wlan0"].mac);
}

TEST_F(Containers, ADeviceIsNotTakenFromOneThatRuns) {
  const Domain one = test::domain({device("airtap0")});
  ASSERT_TRUE(start(one));
  processes.emulators[one.name] = {7, 7};
  processes.living.insert(7);
  ASSERT_TRUE(session().started(one.uuid));
  move_away("airtap0");
  const auto down = session().down(test::name("airtap0"));
  ASSERT_FALSE(down);
  EXPECT_THAT(down.error().line(), HasSubstr("is in the container vm1"));
}

TEST(ContainerProcess, IsTheControllerOfThatName) {
  const test::TempDirectory directory;
  const std::filesystem::path root = directory / "root";
  const auto write = [&](const std::string& file, const std::string& text) {
    std::filesystem::create_directories((root / file).parent_path());
    std::ofstream(root / file, std::ios::binary) << text;
  };
  using namespace std::string_literals;
  write("lxc/c1.pid", "42");
  write("proc/42/cmdline", "/usr/lib/libvirt/libvirt_lxc\0--name\0c1\0--console\00023\0"s);
  std::string stat = "42 (libvirt_lxc) S";
  for (int field = 4; field < 30; ++field) stat += " " + std::to_string(field);
  write("proc/42/stat", stat);
  const ProcProcesses processes(root / "proc", root / "qemu", root / "network", root / "lxc");
  const auto found = processes.emulator_of("c1", uuid);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, 42);
  EXPECT_EQ(found->start, 22U);
  write("lxc/c.pid", "42");
  EXPECT_FALSE(processes.emulator_of("c", uuid)) << "a pid that was given to another one";
}

}  // namespace
}  // namespace airtap
