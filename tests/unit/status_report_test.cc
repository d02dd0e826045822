// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What `airtap status` prints, and that its schema says the same. Real output is checked by the
// testbed's case `modes`.
#include "cli/status_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "datapath/shared.h"
#include "support/builders.h"
#include "support/command.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string source = AIRTAP_SOURCE_DIR;
const std::string schema = source + "/plugin/cli/airtap-status.schema.json";

NicStatus nic(Mode mode, const std::string& reason) {
  return {.owner = "vm1",
          .uuid = "00000000-0000-4000-8000-000000000001",
          .nic = {.label = "ua-lan",
                  .mac = test::mac("52:54:00:00:00:01"),
                  .target = test::name("airtap0"),
                  .mode = mode,
                  .uplink = test::name("wlan0"),
                  .id = 1,
                  .reason = reason},
          .station_mac = test::mac("02:00:00:00:01:00")};
}

/// Everything there is to say, and a guest of which little is known.
Status everything() {
  NicStatus busy = nic(Mode::macnat, "auto: works with any access point");
  busy.has_traffic = true;
  for (const char* by : {"arp", "ipv4"})
    busy.datapath.addresses.push_back({IpAddress::parse("10.77.0.5").value(), 3000, by});
  for (const char* by : {"ipv6", "nd"})
    busy.datapath.addresses.push_back({IpAddress::parse("fd77::5").value(), 600'000, by});
  busy.datapath.counters = {.from_guest_packets = 1,
                            .from_guest_bytes = 60,
                            .to_guest_packets = 2,
                            .to_guest_bytes = 120};
  auto& drops = busy.datapath.counters.drops;
#define AIRTAP_X(upper, lower) drops.emplace_back(#lower, 1U);
  AIRTAP_DROP_REASONS(AIRTAP_X)
#undef AIRTAP_X
  drops.emplace_back("queue_full", 4U);
  Status status;
  for (const Mode mode : {Mode::ipvtap, Mode::four_addr, Mode::bridge})
    status.nics.push_back(nic(mode, "asked for by metadata"));
  status.nics.push_back(busy);
  NicStatus dark = nic(Mode::macnat, "set in airtap.toml");
  dark.nic.target = {};
  dark.nic.mac = dark.station_mac = {};
  status.nics.push_back(dark);
  status.uplinks.push_back({.uplink = test::name("wlan0"), .station_mac = busy.station_mac});
  status.uplinks.back().strangers.drops = {{"unknown_guest", 3}};
  return status;
}

class StatusReport : public testing::Test {
 protected:
  test::CommandResult check(const nlohmann::json& document) const {
    const std::string file = (directory / "status.json").string();
    std::ofstream(file) << document;
    return test::run("/usr/bin/python3 " + source + "/tests/testbed/fits-schema.py " + schema +
                     " <" + file);
  }
  test::TempDirectory directory;
};

TEST_F(StatusReport, JsonFitsItsSchemaAndTheSchemaKnowsEveryField) {
  const auto document = nlohmann::json::parse(status_json(everything()));
  const auto checked = check(document);
  if (checked.status == 77) GTEST_SKIP() << checked.output << "(Debian: python3-jsonschema)";
  EXPECT_EQ(checked.status, 0) << checked.output;
  EXPECT_EQ(check(nlohmann::json::parse(status_json({}))).status, 0);
}

TEST_F(StatusReport, TheSchemaRefusesWhatIsNotSo) {
  const auto sound = nlohmann::json::parse(status_json(everything()));
  if (check(sound).status == 77) GTEST_SKIP() << "no python3-jsonschema";
  const std::string busy = "/nics/3";
  for (const auto& [path, value] :
       std::map<std::string, nlohmann::json>{{busy + "/mode", "auto"},
                                             {busy + "/mac", "52-54-00-00-00-01"},
                                             {busy + "/addresses/0/source", "dhcp"},
                                             {busy + "/addresses/0/age_ms", -1},
                                             {busy + "/drops/echo", "many"},
                                             {busy + "/drops/unheard_of", 1},
                                             {busy + "/colour", "red"},
                                             {"/uplinks/0/drops", nullptr},
                                             {"/version", 2}}) {
    auto wrong = sound;
    wrong[nlohmann::json::json_pointer(path)] = value;
    EXPECT_EQ(check(wrong).status, 1) << path << " = " << value;
  }
  auto incomplete = sound;
  incomplete["nics"][3].erase("drops");
  EXPECT_EQ(check(incomplete).status, 1);
}

TEST_F(StatusReport, TextSaysWhyAndHowLongAgo) {
  const std::string text = status_text(everything());
  for (const char* words :
       {"vm1: ua-lan: airtap0 on wlan0, mode macnat (auto: works with any access point), MAC "
        "52:54:00:00:00:01, on the air 02:00:00:00:01:00\n",
        "address 10.77.0.5 (by arp, 3 s ago)\n", "address fd77::5 (by nd, 10 min ago)\n",
        "from guest 1 packets, 60 bytes; to guest 2 packets, 120 bytes\n",
        "dropped claim_host: 1\n", "dropped queue_full: 4\n", "no programs are loaded for it\n",
        "a TAP not known yet", "the uplink is gone",
        "wlan0: frames of no guest\n  dropped unknown_guest: 3\n"})
    EXPECT_THAT(text, HasSubstr(words));
  EXPECT_EQ(status_text({}), "no guest uses airtap\n");
}

TEST_F(StatusReport, NothingDroppedIsNotSaid) {
  Status status = everything();
  status.uplinks[0].strangers.drops.clear();
  EXPECT_THAT(status_text(status), Not(HasSubstr("of no guest")));
}

}  // namespace
}  // namespace airtap
