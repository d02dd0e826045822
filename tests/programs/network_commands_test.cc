// SPDX-License-Identifier: LGPL-2.1-or-later
//
// network define and undefine, and list.
#include "programs/host.h"

namespace airtap::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class NetworkCommands : public Host {
 protected:
  static std::string network() { return text_of(libvirt / "networks/airtap.xml"); }
  static bool is(const std::string& what) {
    return fs::exists(libvirt / "networks" / ("airtap." + what));
  }
  static void guests(const std::string& count) {
    std::ofstream(libvirt / "networks/airtap.ports") << count;
  }
};

TEST_F(NetworkCommands, DefinedItRunsNowAndAtBoot) {
  const auto defined = airtap("network define");
  EXPECT_EQ(defined.output,
            "network airtap: mode auto on cable0; guests join it by <source network='airtap'/>\n");
  EXPECT_THAT(network(), AllOf(HasSubstr("uplink='cable0'"), HasSubstr("mode='auto'")));
  EXPECT_TRUE(is("running") && is("autostart"));
  EXPECT_EQ(airtap("network define --mode macnat --isolate").status, 0);
  EXPECT_THAT(network(), AllOf(HasSubstr("mode='macnat'"), HasSubstr("isolate='yes'"),
                               HasSubstr("<uuid>11111111-2222-4333-8444-555555555555</uuid>")));
  EXPECT_TRUE(is("running"));
  const auto gone = airtap("network undefine");
  EXPECT_EQ(gone.output, "");
  EXPECT_EQ(gone.status, 0);
  EXPECT_FALSE(is("xml") || is("running") || is("autostart"));
}

TEST_F(NetworkCommands, DryRunShowsItAndChangesNothing) {
  EXPECT_THAT(airtap("network define --dry-run --name lan").output, HasSubstr("<name>lan</name>"));
  EXPECT_THAT(airtap("network undefine").output, HasSubstr("there is no network airtap"));
  ASSERT_EQ(airtap("network define").status, 0);
  EXPECT_EQ(airtap("network undefine --dry-run").output, network());
  EXPECT_TRUE(is("running"));
}

TEST_F(NetworkCommands, OneThatCannotStartIsNotLeftBehind) {
  refuse("start_network");
  const auto defined = airtap("network define");
  EXPECT_EQ(defined.status, 1);
  EXPECT_THAT(defined.output, HasSubstr("libvirt refuses: start_network"));
  EXPECT_FALSE(is("xml"));
  allow("start_network");
  ASSERT_EQ(airtap("network define").status, 0);
  const std::string before = network();
  refuse("stop_network");
  EXPECT_EQ(airtap("network define --mode macnat").status, 1);
  EXPECT_EQ(network(), before);
  EXPECT_TRUE(is("running"));
}

TEST_F(NetworkCommands, UnderGuestsItIsChangedLaterAndNotTakenAway) {
  ASSERT_EQ(airtap("network define").status, 0);
  guests("1");
  EXPECT_THAT(
      airtap("network define --mode macnat").output,
      HasSubstr("network airtap: a guest is on it now; changes come with: virsh net-destroy"));
  EXPECT_THAT(network(), HasSubstr("mode='macnat'"));
  EXPECT_TRUE(is("running"));
  EXPECT_THAT(airtap("network undefine").output, HasSubstr("network airtap: a guest is on it"));
  guests("2");
  EXPECT_THAT(airtap("network undefine").output, HasSubstr("2 guests are on it"));
  EXPECT_THAT(airtap("network define").output, HasSubstr("2 guests are on it now"));
  EXPECT_TRUE(is("xml") && is("running"));
}

TEST_F(NetworkCommands, SomebodyElsesNetworkIsNotTouched) {
  std::ofstream(libvirt / "networks/default.xml")
      << "<network><name>default</name><bridge name='virbr0'/></network>";
  EXPECT_THAT(airtap("network define --name default").output,
              HasSubstr("network default is not airtap's"));
  EXPECT_THAT(airtap("network undefine --name default").output,
              HasSubstr("network default is not airtap's"));
  EXPECT_THAT(airtap("network define --uplink nosuch0").output,
              HasSubstr("airtap: network airtap: "));
}

TEST_F(NetworkCommands, WhoLosesItsNetworkIsNamed) {
  ASSERT_EQ(airtap("network define").status, 0);
  define("vm2", domain_xml("vm2", "6a3c0d1e-0000-4000-8000-000000000002",
                           "<interface type='network'><mac address='52:54:00:00:00:02'/>"
                           "<source network='airtap'/></interface>\n"));
  EXPECT_EQ(airtap("network undefine").output,
            "airtap: vm2: 52:54:00:00:00:02: its network airtap is gone\n");
}

TEST_F(NetworkCommands, ListKnowsWhatRunsAndWhatDoesNot) {
  ASSERT_EQ(airtap("network define --mode macnat").status, 0);
  define("vm1", domain_xml("vm1", vm1_uuid));
  run_vm1();
  ASSERT_EQ(airtap("attach vm1 --live --mode macnat --mac 52:54:00:00:00:01").status, 0);
  define("vm2", domain_xml("vm2", "6a3c0d1e-0000-4000-8000-000000000002",
                           "<interface type='network'><mac address='52:54:00:00:00:02'/>"
                           "<source network='airtap'/></interface>\n"
                           "<interface type='network'><mac address='52:54:00:00:00:03'/>"
                           "<source network='default'/></interface>\n"));
  define("vm3",
         "<domain><name>vm3</name><uuid>6a3c0d1e-0000-4000-8000-000000000003</uuid>"
         "<devices><interface type='ethernet'><target dev='airtap9'/>"
         "<mac address='nonsense'/></interface></devices></domain>");
  const auto list = airtap("list");
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.output,
              testing::ContainsRegex("vm1 +running +ua-airtap0 +macnat +cable0 +airtap0 +- +-\n"));
  EXPECT_THAT(list.output, testing::ContainsRegex(
                               "vm2 +off +52:54:00:00:00:02 +macnat +cable0 +- +airtap +-\n"));
  EXPECT_THAT(list.output, Not(HasSubstr("52:54:00:00:00:03")));
  EXPECT_THAT(list.output, HasSubstr("airtap: vm3: "));
  const auto json = nlohmann::json::parse(
      run("sh -c '" + build + "/plugin/cli/airtap list --json 2>/dev/null'").output);
  EXPECT_EQ(json["interfaces"].size(), 2U);
  EXPECT_EQ(json["interfaces"][0]["running"], true);
  EXPECT_EQ(json["interfaces"][1]["network"], "airtap");
  refuse("domains");
  EXPECT_THAT(airtap("list").output, HasSubstr("airtap: libvirt refuses: domains"));
}

}  // namespace
}  // namespace airtap::test
