// SPDX-License-Identifier: LGPL-2.1-or-later
//
// plan, doctor, logs: commands that only tell.
#include "programs/host.h"

namespace airtap::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string nic =
    "<interface type='ethernet'>\n<mac address='52:54:00:12:34:56'/>\n"
    "<target dev='airtap0' managed='no'/>\n</interface>\n";

class QuestionCommands : public Host {
 protected:
  static std::string file_with(const std::string& text) {
    std::ofstream("/run/vm.xml") << text;
    return "/run/vm.xml";
  }
};

TEST_F(QuestionCommands, PlanTellsAndTouchesNothing) {
  const auto file = file_with(domain_xml("vm1", vm1_uuid, nic));
  const auto plan = airtap("plan " + file);
  EXPECT_EQ(plan.status, 0);
  EXPECT_THAT(plan.output, HasSubstr("ip tuntap add"));
  EXPECT_EQ(run("sh -c '" + build + "/plugin/cli/airtap plan - <" + file + "'").output,
            plan.output);
  const auto json = nlohmann::json::parse(airtap("plan --json " + file).output);
  EXPECT_EQ(json["domain"], "vm1");
  EXPECT_EQ(residue(), "");
}

TEST_F(QuestionCommands, PlanSaysWhyNot) {
  EXPECT_EQ(airtap("plan " + file_with(domain_xml("vm1", vm1_uuid))).output,
            "vm1: no interface is airtap's; nothing to do\n");
  EXPECT_THAT(airtap("plan /nosuch.xml").output, HasSubstr("/nosuch.xml"));
  EXPECT_EQ(airtap("plan " + file_with("<domain")).status, 1);
  run("ip link set cable0 down");
  const auto without = airtap("plan " + file_with(domain_xml("vm1", vm1_uuid, nic)));
  EXPECT_EQ(without.status, 1);
  EXPECT_THAT(without.output, HasSubstr("airtap: vm1: "));
}

TEST_F(QuestionCommands, DoctorLooksAtTheUplink) {
  const auto text = airtap("doctor").output;
  EXPECT_THAT(text, HasSubstr("\nuplink cable0\n"));
  EXPECT_THAT(text, HasSubstr("  yes   auto      bridge\n"));
  EXPECT_THAT(text, HasSubstr("`airtap doctor --probe` does"));
  const auto json = nlohmann::json::parse(airtap("doctor --json --uplink cable0").output);
  EXPECT_EQ(json["uplink"], "cable0");
  EXPECT_EQ(json["probed"], false);
  EXPECT_EQ(json["modes"]["macnat"]["works"], true);
  EXPECT_EQ(json["modes"]["4addr"]["works"], false);
  run("ip link set cable0 down");
  const auto down = airtap("doctor");
  EXPECT_EQ(down.status, 1);
  EXPECT_THAT(down.output, HasSubstr("no    auto"));
  EXPECT_EQ(airtap("doctor --uplink nosuch0").status, 1);
}

TEST_F(QuestionCommands, DoctorAsksTheLanIfTold) {
  const auto probed = airtap("doctor --probe").output;
  EXPECT_THAT(probed, ContainsRegex("  ok    gateway +answers\n"));
  EXPECT_THAT(probed,
              ContainsRegex("  note  lease for a second machine +no DHCP server made an offer\n"));
  EXPECT_THAT(probed, Not(HasSubstr("`airtap doctor --probe` does")));
  lan_->run("ip address flush dev lan0");
  run("ip neighbour flush dev cable0");
  const auto json = nlohmann::json::parse(airtap("doctor --probe --json").output);
  EXPECT_EQ(json["probed"], true);
  const auto silent = std::ranges::find_if(json["findings"], [](const nlohmann::json& finding) {
    return finding["section"] == "access point" && finding["subject"] == "gateway";
  });
  ASSERT_NE(silent, json["findings"].end());
  EXPECT_EQ((*silent)["verdict"], "bad");
}

TEST_F(QuestionCommands, LogsAsksTheJournal) {
  const fs::path journalctl = "/usr/bin/journalctl";
  if (fs::exists(journalctl)) {
    std::ofstream("/run/journalctl") << "#!/bin/sh\necho \"$@\"\n";
    fs::permissions("/run/journalctl", fs::perms::owner_all);
    ASSERT_EQ(::mount("/run/journalctl", journalctl.c_str(), nullptr, MS_BIND, nullptr), 0);
    EXPECT_EQ(airtap("logs").output, "--quiet --identifier=airtap\n");
    EXPECT_EQ(airtap("logs vm1 -f --since -1h -n 5").output,
              "--quiet --identifier=airtap --follow --since=-1h --lines=5 AIRTAP_DOMAIN=vm1\n");
    ASSERT_EQ(::mount("/dev/null", journalctl.c_str(), nullptr, MS_BIND, nullptr), 0);
  }
  const auto without = airtap("logs");
  EXPECT_EQ(without.status, 1);
  EXPECT_THAT(without.output, HasSubstr("airtap: cannot run /usr/bin/journalctl: "));
}

TEST_F(QuestionCommands, VersionAndHelpAreNoFailure) {
  EXPECT_THAT(airtap("--version").output, testing::StartsWith("airtap "));
  EXPECT_EQ(airtap("--help").status, 0);
  EXPECT_EQ(airtap("nosuch").status, 2);
}

}  // namespace
}  // namespace airtap::test
