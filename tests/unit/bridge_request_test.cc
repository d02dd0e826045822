// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a caller of the bridge helper says, and what it stands for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profile.h"
#include "request.h"
#include "support/builders.h"

namespace airtap {
namespace {

using testing::HasSubstr;

Result<Request> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "airtap-bridge-helper");
  return parse_request(static_cast<int>(words.size()), words.data());
}
std::string error_of(const std::vector<const char*>& words) {
  const auto request = parse(words);
  return request ? "" : request.error().line();
}

TEST(BridgeRequest, IsWhatQemuAndLibvirtWrite) {
  const auto request = parse({"--use-vnet", "--fd=27", "--br=br0"});
  ASSERT_TRUE(request) << request.error().line();
  EXPECT_EQ(request->bridge.text(), "br0");
  EXPECT_EQ(request->socket, 27);
  EXPECT_TRUE(request->use_vnet);
  EXPECT_FALSE(parse({"--fd=27", "--br=br0"})->use_vnet);
}

TEST(BridgeRequest, TheLastOfTwoCounts) {
  const auto request = parse({"--fd=3", "--br=br0", "--fd=4", "--br=br1"});
  EXPECT_EQ(request->bridge.text(), "br1");
  EXPECT_EQ(request->socket, 4);
}

TEST(BridgeRequest, HelpAndVersionWantNothingElse) {
  EXPECT_EQ(parse({"--help"})->kind, Request::Kind::help);
  EXPECT_EQ(parse({"--version"})->kind, Request::Kind::version);
}

TEST(BridgeRequest, EverythingElseIsAnError) {
  EXPECT_THAT(error_of({"--fd=3"}), HasSubstr("--br= is missing"));
  EXPECT_THAT(error_of({"--br=br0"}), HasSubstr("--fd= is missing"));
  EXPECT_THAT(error_of({"--br=br0", "--fd=3", "br1"}), HasSubstr("unknown argument"));
  for (const char* fd : {"--fd=", "--fd=x", "--fd=3x", "--fd= 3", "--fd=-1", "--fd=+3",
                         "--fd=99999999999", "--fd=0x3"})
    EXPECT_THAT(error_of({"--br=br0", fd}), HasSubstr("number of a file descriptor")) << fd;
  for (const char* name : {"--br=", "--br=a/b", "--br=%n", "--br=a b", "--br=..",
                           "--br=1234567890123456", "--br=a\nb"})
    EXPECT_THAT(error_of({"--fd=3", name}), HasSubstr("--br: ")) << name;
}

Wanted wanted(const std::string& name, const Config& config = {}) {
  return resolve_name(test::name(name), config).value();
}

TEST(BridgeName, AirtapAloneIsWhatIsConfigured) {
  const GuestNic nic = wanted("airtap").nic;
  EXPECT_TRUE(nic.anonymous && nic.device_is_ours);
  EXPECT_EQ(nic.mode, std::nullopt);
  EXPECT_EQ(nic.uplink, std::nullopt);
  EXPECT_EQ(nic.label, "airtap");
}

TEST(BridgeName, WithAModeBehindItIsThatMode) {
  for (const Mode mode :
       {Mode::automatic, Mode::macnat, Mode::four_addr, Mode::ipvtap, Mode::bridge})
    EXPECT_EQ(wanted("airtap-" + std::string(to_text(mode))).nic.mode, mode);
}

TEST(BridgeName, AProfileIsWhatItsTableSays) {
  Config config;
  config.allowed_uplinks = {"wlan0"};
  config.profiles["airtap-lab"] = {Mode::ipvtap, "wlan1", 4, true};
  config.profiles["airtap-macnat"] = {Mode::four_addr, {}, {}, false};
  const Wanted lab = wanted("airtap-lab", config);
  EXPECT_EQ(lab.nic.mode, Mode::ipvtap);
  EXPECT_EQ(lab.nic.addresses, 4U);
  EXPECT_TRUE(lab.nic.isolate);
  EXPECT_EQ(lab.config.uplink, "wlan1");
  EXPECT_EQ(lab.nic.uplink, std::nullopt) << "what domains may ask for does not bind root";
  EXPECT_EQ(wanted("airtap-macnat", config).nic.mode, Mode::four_addr) << "takes the other's place";
}

TEST(BridgeName, AnythingElseIsAnUplink) {
  EXPECT_EQ(wanted("wlan0").nic.uplink, "wlan0");
  EXPECT_EQ(wanted("airbr-wlan0").nic.bridge, "airbr-wlan0");
}

TEST(BridgeName, AProfileThatIsNotThereListsThoseThatAre) {
  Config config;
  config.profiles["airtap-lab"];
  for (const char* name : {"airtap-x", "airtap0", "airtap-", "airtap-lab2"}) {
    const auto result = resolve_name(test::name(name), config);
    ASSERT_FALSE(result) << name;
    EXPECT_THAT(result.error().line(), HasSubstr("airtap-ipvtap, airtap-lab, airtap-macnat"));
  }
}

}  // namespace
}  // namespace airtap
