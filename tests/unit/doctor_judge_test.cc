// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What doctor concludes, from facts that are written down here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

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
    facts.files = {.kernel_release = "6.1",
                   .hook_installed = true,
                   .network_hook_installed = true,
                   .vhost_net = true,
                   .monitor_unit = true};
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
  for (const Mode works :
       {Mode::automatic, Mode::macnat, Mode::ipvtap, Mode::ipvlan, Mode::four_addr})
    EXPECT_TRUE(mode(works).works) << to_text(works) << ": " << mode(works).why;
  EXPECT_EQ(mode(Mode::automatic).why, "macnat");
}

TEST_F(Judging, TheRefusalOfAModeIsThePlansOwn) {
  EXPECT_FALSE(mode(Mode::bridge).works);
  EXPECT_THAT(mode(Mode::bridge).why, HasSubstr("wlan0"));
}

TEST_F(Judging, AStationOfItsOwnTakesCredentialsARadioAndASupplicant) {
  const auto why = [&](const Config& config) {
    for (const ModeVerdict& verdict : judge(facts, config).modes)
      if (verdict.mode == Mode::station) return verdict.works ? "works" : verdict.why;
    return std::string("not told");
  };
  Config config;
  EXPECT_THAT(why(config), HasSubstr("set credentials under [station]"));
  config.station_credentials = "supplicant";
  EXPECT_THAT(why(config), HasSubstr("wpa_supplicant"));
  facts.files.supplicant_runs_by_systemd = true;
  EXPECT_EQ(why(config), "works");
  refuse("datapath");
  EXPECT_EQ(why(config), "works") << "it has no programs";
  for (UplinkFacts& uplink : facts.host.uplinks) uplink.combinations->clear();
  EXPECT_THAT(why(config), HasSubstr("allows one station only"));
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
  EXPECT_FALSE(mode(Mode::ipvlan).works);
  EXPECT_TRUE(mode(Mode::macnat).works);
}

TEST_F(Judging, L2macnatIsWorthAWordWhereTheKernelHasIt) {
  const auto said = [&] {
    return std::ranges::count(judge(facts, Config{}).findings, "ipvlan l2macnat",
                              &Finding::subject);
  };
  EXPECT_EQ(said(), 0);
  facts.features->push_back({"l2macnat", {}});
  EXPECT_EQ(said(), 1);
  EXPECT_EQ(finding("ipvlan l2macnat").verdict, Verdict::good);
  refuse("l2macnat");
  EXPECT_EQ(said(), 0);
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

TEST_F(Judging, WhoeverLooksForNoHookIsToldSo) {
  facts.files.daemons = {{"libvirtd", 17, false}, {"virtnetworkd", 18, true}};
  EXPECT_EQ(finding("libvirtd").verdict, Verdict::good);
  EXPECT_EQ(finding("virtnetworkd").advice,
            "if it was not reloaded since: systemctl reload virtnetworkd");
  facts.files.network_hook_installed = false;
  EXPECT_EQ(finding("network hook").verdict, Verdict::bad);
}

TEST_F(Judging, ConfinementIsLookedAt) {
  facts.files.apparmor_confines_libvirt = facts.files.apparmor_knows_ipvtap = true;
  facts.files.hook_program = "/usr/sbin/airtap-hook";
  EXPECT_EQ(finding("AppArmor").verdict, Verdict::good);
  facts.files.apparmor_knows_ipvtap = false;
  EXPECT_THAT(finding("AppArmor").text, HasSubstr("ipvtap"));
  facts.files.hook_program = "/opt/airtap/airtap-hook";
  EXPECT_EQ(finding("AppArmor").verdict, Verdict::bad);
  facts.files.selinux_enforcing = true;
  EXPECT_EQ(finding("SELinux").verdict, Verdict::bad);
  facts.files.selinux_module = true;
  EXPECT_EQ(finding("SELinux").verdict, Verdict::good);
}

TEST_F(Judging, TheHelpersListIsLookedAtWhereTheHelperIsOn) {
  facts.files.helper_refuses = "/etc/qemu/bridge.conf is not there";
  EXPECT_EQ(finding("bridge helper").verdict, Verdict::good);
  facts.files.helper_is_setuid = true;
  EXPECT_THAT(finding("bridge helper").text, HasSubstr("is not there"));
  facts.files.helper_refuses.clear();
  EXPECT_EQ(finding("bridge helper").verdict, Verdict::good);
}

TEST_F(Judging, AMacByChanceNeedsTheFollower) {
  facts.files.network_manager_runs = true;
  facts.files.network_manager_macs = {"random", "stable"};
  EXPECT_EQ(finding("NetworkManager's MACs").verdict, Verdict::good);
  facts.files.monitor_unit = false;
  EXPECT_THAT(finding("NetworkManager's MACs").text, HasSubstr("random, stable"));
  EXPECT_EQ(finding("NetworkManager's MACs").verdict, Verdict::note);
}

TEST_F(Judging, AFirewallOnBridgesIsSpokenOf) {
  facts.files.bridges_filtered = true;
  EXPECT_THAT(finding("bridged frames").advice, HasSubstr("iptables -I FORWARD"));
}

TEST_F(Judging, WhatTheRadioCanBeAtOnceIsTold) {
  facts.combinations = {
      {.limits = {{1, {"managed"}}, {1, {"AP", "P2P-client"}}}, .most = 2, .channels = 2},
      {.limits = {{3, {"AP"}}}, .most = 3, .channels = 1}};
  EXPECT_THAT(finding("interfaces at once").text,
              HasSubstr("2 on 2 channels: 1 managed, 1 AP or P2P-client; 3 on 1 channel: 3 AP"));
  facts.combinations->clear();
  EXPECT_THAT(finding("interfaces at once").text, HasSubstr("one at a time"));
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

TEST_F(HostFilesOf, ADaemonRunsHooksIfThereWasOneWhenItStarted) {
  const auto hook = [&](const std::string& path) {
    write(path, "#!/bin/sh\n");
    std::filesystem::permissions(root / path, std::filesystem::perms::owner_all);
  };
  hook("etc/libvirt/hooks/qemu");
  ::sleep(1);
  write("proc/17/comm", "libvirtd\n");
  ::sleep(1);
  hook("etc/libvirt/hooks/qemu.d/50-airtap");
  EXPECT_FALSE(files().daemons.at(0).knows_no_hook);
  std::filesystem::remove(root / "etc/libvirt/hooks/qemu");
  EXPECT_TRUE(files().daemons.at(0).knows_no_hook);
}

TEST_F(HostFilesOf, PoliciesOfOthers) {
  write("etc/NetworkManager/conf.d/mac.conf",
        "[connection]\nwifi.cloned-mac-address = stable\n[device]\nmatch-device=*\n");
  write("etc/NetworkManager/system-connections/cafe.nmconnection",
        "[wifi]\ncloned-mac-address=random\n");
  write("etc/NetworkManager/system-connections/home.nmconnection",
        "[wifi]\ncloned-mac-address=permanent\n");
  write("proc/sys/net/bridge/bridge-nf-call-iptables", "1\n");
  write("etc/apparmor.d/local/abstractions/libvirt-qemu",
        "include if exists <abstractions/libvirt-qemu.d/airtap>\n");
  write("etc/apparmor.d/abstractions/libvirt-qemu.d/airtap", "/dev/tap[0-9]* rw,\n");
  write("var/lib/selinux/targeted/active/modules/200/airtap/cil", "");
  write("usr/sbin/airtap-bridge-helper", "");
  EXPECT_FALSE(files().helper_is_setuid);
  EXPECT_NE(files().helper_refuses, "");
  std::filesystem::permissions(root / "usr/sbin/airtap-bridge-helper",
                               std::filesystem::perms::set_uid, std::filesystem::perm_options::add);
  write("etc/qemu/bridge.conf", "allow airtap\n");
  const HostFiles found = files();
  EXPECT_EQ(found.network_manager_macs, (std::set<std::string>{"random", "stable"}));
  EXPECT_TRUE(found.bridges_filtered && found.apparmor_knows_ipvtap && found.selinux_module &&
              found.helper_is_setuid);
  EXPECT_EQ(found.helper_refuses, "");
}

}  // namespace
}  // namespace airtap
