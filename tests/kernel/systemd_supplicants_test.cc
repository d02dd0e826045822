// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Without systemd and an access point: what is looked at before either is asked. The rest is the
// testbed's, case station.
#include "kernel/systemd_supplicants.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "kernel/credentials.h"
#include "support/builders.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::UnorderedElementsAre;

StationNetwork network_with(const std::string& credentials) {
  return {.station = test::name("airst-none0"),
          .uplink = test::name("none0"),
          .ssid = "home",
          .frequency = 2412,
          .credentials = credentials};
}

std::string refusal(const std::string& credentials) {
  const auto found = find_credentials(network_with(credentials));
  return found ? "no error" : found.error().line();
}

class SystemdSupplicantsTest : public testing::Test {
 protected:
  test::TempDirectory directory;
  SystemdSupplicants supplicants{directory / "run"};
};

TEST_F(SystemdSupplicantsTest, ListsTheStationsThatThereAreFilesOf) {
  EXPECT_THAT(supplicants.stations().value(), testing::IsEmpty());
  fs::create_directories(directory / "run" / "airst-airtap0");
  fs::create_directories(directory / "run" / "airst-airtap1");
  std::ofstream(directory / "run" / "guest-x.json") << "{}";
  EXPECT_THAT(supplicants.stations().value(),
              UnorderedElementsAre(test::name("airst-airtap0"), test::name("airst-airtap1")));
}

TEST_F(SystemdSupplicantsTest, WhatIsNotThereIsStopped) {
  EXPECT_TRUE(supplicants.stop(test::name("airst-airtap0")));
}

TEST_F(SystemdSupplicantsTest, AStartThatCannotBeLeavesNothing) {
  const auto started = supplicants.start(network_with(directory / "no-such-file"));
  ASSERT_FALSE(started);
  EXPECT_FALSE(started.error().hint().empty()) << started.error().line();
  EXPECT_FALSE(fs::exists(directory / "run"));
}

TEST_F(SystemdSupplicantsTest, NobodyListensForAnotherChannel) {
  EXPECT_FALSE(supplicants.follow(test::name("airst-airtap0"), 2437));
}

TEST(FindCredentials, SaysWhereTheyWereLookedFor) {
  const test::TempDirectory directory;
  const fs::path file = directory / "wpa.conf";
  std::ofstream(file) << "network={\n ssid=\"elsewhere\"\n psk=\"another-secret\"\n}\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_THAT(refusal(file), HasSubstr("no network of " + file.string() + " is the one"));
  EXPECT_THAT(refusal(directory / "none.conf"), HasSubstr("No such file"));
  EXPECT_THAT(refusal("supplicant"), HasSubstr("no wpa_supplicant with a configuration file"));
  // Not installed here, or without such a device.
  EXPECT_THAT(refusal("networkmanager"), HasSubstr("credentials: "));
}

}  // namespace
}  // namespace airtap
