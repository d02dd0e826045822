// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What doctor concludes, from facts that are written down here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "doctor/judge.h"
#include "session/gather.h"
#include "support/builders.h"
#include "support/fake_kernel.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

using testing::HasSubstr;

class Judging : public testing::Test {
 protected:
  Judging() {
    facts.host = gather_facts();
    facts.uplink = test::name("wlan0");
    facts.files = {
        .kernel_release = "6.1", .hook_installed = true, .vhost_net = true, .monitor_unit = true};
    facts.features = std::vector<TriedFeature>{{"tap", {}}, {"ipvtap", {}}, {"datapath", {}}};
    facts.driver_does_four_addr = true;
  }
  HostFacts gather_facts() {
    auto seam = kernel.seam();
    return gather(seam).value();
  }
  AirFacts& probed() {
    facts.air = AirFacts{.gateway_answers = true, .four_addr_carried = true};
    facts.air->lan.offered = IpAddress::parse("10.77.0.150").value();
    facts.air->lan.second_address_answered = true;
    return *facts.air;
  }
  ModeVerdict mode(Mode wanted) {
    const auto modes = judge(facts, Config{}).modes;
    return *std::ranges::find(modes, wanted, &ModeVerdict::mode);
  }
  Finding finding(const std::string& subject) {
    for (const Finding& found : judge(facts, Config{}).findings)
      if (found.subject == subject) return found;
    ADD_FAILURE() << "no finding about " << subject;
    return {};
  }
  void refuse(const std::string& feature) {
    for (TriedFeature& tried : *facts.features)
      if (tried.name == feature) tried.refused = Error("refused", "do this", EPERM);
  }

  test::FakeKernel kernel = test::FakeKernel::laptop();
  DoctorFacts facts;
};

TEST_F(Judging, AHealthyLaptopHasNothingBad) {
  probed();
  for (const Finding& found : judge(facts, Config{}).findings)
    EXPECT_NE(found.verdict, Verdict::bad) << found.subject << ": " << found.text;
  for (const Mode works : {Mode::automatic, Mode::macnat, Mode::ipvtap, Mode::four_addr})
    EXPECT_TRUE(mode(works).works) << to_text(works) << ": " << mode(works).why;
  EXPECT_EQ(mode(Mode::automatic).why, "macnat");
}

TEST_F(Judging, TheRefusalOfAModeIsThePlansOwn) {
  EXPECT_FALSE(mode(Mode::bridge).works);
  EXPECT_THAT(mode(Mode::bridge).why, HasSubstr("wlan0"));
}

TEST_F(Judging, WithoutBpfNothingWorks) {
  refuse("datapath");
  EXPECT_EQ(finding("BPF programs").verdict, Verdict::bad);
  for (const Mode fails : {Mode::automatic, Mode::macnat, Mode::ipvtap, Mode::four_addr})
    EXPECT_FALSE(mode(fails).works) << to_text(fails);
}

TEST_F(Judging, WithoutIpvtapTheRestWorks) {
  refuse("ipvtap");
  EXPECT_EQ(finding("ipvtap").verdict, Verdict::note);
  EXPECT_FALSE(mode(Mode::ipvtap).works);
  EXPECT_TRUE(mode(Mode::macnat).works);
}

TEST_F(Judging, AnAccessPointWithoutWdsRulesOutFourAddrOnly) {
  probed().four_addr_carried = false;
  EXPECT_THAT(finding("4-address frames").text, HasSubstr("driver"));
  EXPECT_FALSE(mode(Mode::four_addr).works);
  EXPECT_TRUE(mode(Mode::macnat).works);
}

TEST_F(Judging, OneAddressAClientRulesOutWhatSharesTheMac) {
  probed().lan.second_address_answered = false;
  EXPECT_EQ(finding("several addresses, one MAC").verdict, Verdict::bad);
  EXPECT_FALSE(mode(Mode::macnat).works);
  EXPECT_FALSE(mode(Mode::ipvtap).works);
  EXPECT_TRUE(mode(Mode::four_addr).works);
}

TEST_F(Judging, IsolationOfClientsIsNotHidden) {
  probed();
  EXPECT_EQ(finding("client isolation").verdict, Verdict::note);
  EXPECT_THAT(finding("client isolation").advice, HasSubstr("guests included"));
}

TEST_F(Judging, AFailedProbeIsSaidAndRulesNothingOut) {
  probed().failed = Error("no IPv4 gateway", "get one");
  EXPECT_EQ(finding("probe").verdict, Verdict::bad);
  EXPECT_TRUE(mode(Mode::macnat).works);
}

TEST_F(Judging, WhatToDoIsSaid) {
  facts.files.hook_installed = false;
  facts.files.daemons = {{"libvirtd", 17, true}};
  facts.files.vhost_net = facts.files.monitor_unit = false;
  facts.files.network_manager_runs = true;
  facts.files.mac_was_set = true;
  kernel.state.links["wlan0"].carrier = false;
  facts.host = gather_facts();
  EXPECT_EQ(finding("libvirt hook").verdict, Verdict::bad);
  EXPECT_EQ(finding("link").verdict, Verdict::bad);
  for (const char* subject : {"libvirt hook", "libvirtd", "vhost-net", "airtap-monitor",
                              "NetworkManager", "link", "MAC"}) {
    if (std::string(subject) == "link") continue;
    EXPECT_NE(finding(subject).advice, "") << subject;
  }
}

class HostFilesOf : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  HostFiles files() { return read_host_files(test::name("wlan0"), root); }
  test::TempDirectory root;
};

TEST_F(HostFilesOf, AnEmptyHostHasNothing) {
  const HostFiles empty = files();
  EXPECT_FALSE(empty.hook_installed || empty.vhost_net || empty.monitor_unit ||
               empty.network_manager_runs || empty.apparmor_confines_libvirt || empty.mac_was_set);
  EXPECT_TRUE(empty.daemons.empty());
}

TEST_F(HostFilesOf, AHookThatPointsNowhereIsNone) {
  std::filesystem::create_directories(root / "etc/libvirt/hooks/qemu.d");
  std::filesystem::create_symlink(root / "gone", root / "etc/libvirt/hooks/qemu.d/50-airtap");
  EXPECT_FALSE(files().hook_installed);
  write("gone", "#!");
  std::filesystem::permissions(root / "gone", std::filesystem::perms::owner_all);
  EXPECT_TRUE(files().hook_installed);
}

TEST_F(HostFilesOf, WhatRunsAndWhatConfines) {
  write("proc/17/comm", "libvirtd\n");
  write("proc/18/comm", "NetworkManager\n");
  write("proc/sys/kernel/osrelease", "6.1.0\n");
  write("sys/kernel/security/apparmor/profiles", "foo (complain)\nlibvirtd (enforce)\n");
  write("sys/class/net/wlan0/addr_assign_type", "3\n");
  std::filesystem::create_directories(root / "sys/drivers/iwlwifi");
  std::filesystem::create_directories(root / "sys/class/net/wlan0/device");
  std::filesystem::create_directory_symlink(root / "sys/drivers/iwlwifi",
                                            root / "sys/class/net/wlan0/device/driver");
  const HostFiles found = files();
  ASSERT_EQ(found.daemons.size(), 1U);
  EXPECT_EQ(found.daemons[0].pid, 17);
  EXPECT_TRUE(found.network_manager_runs);
  EXPECT_TRUE(found.apparmor_confines_libvirt);
  EXPECT_TRUE(found.mac_was_set);
  EXPECT_EQ(found.driver, "iwlwifi");
  EXPECT_EQ(found.kernel_release, "6.1.0");
}

}  // namespace
}  // namespace airtap
