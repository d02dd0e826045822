// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include "config/config.h"

namespace airtap {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

Config parsed(std::string_view text, Config base = {}) {
  const auto config = parse_config(text, "airtap.toml", std::move(base));
  if (!config) {
    ADD_FAILURE() << config.error().line();
    return {};
  }
  return *config;
}

std::string error_of(std::string_view text) {
  const auto config = parse_config(text, "airtap.toml");
  return config ? "no error" : config.error().line();
}

TEST(Config, StationCredentialsAreAPathOrAWord) {
  for (const char* good : {"/etc/airtap/station.conf", "supplicant", "networkmanager"}) {
    const auto config =
        parse_config("[station]\ncredentials = \"" + std::string(good) + "\"\n", "airtap.toml");
    ASSERT_TRUE(config) << config.error().line();
    EXPECT_EQ(config->station_credentials, good);
  }
  EXPECT_THAT(
      parse_config("[station]\ncredentials = \"my-secret\"\n", "airtap.toml").error().line(),
      testing::AllOf(testing::HasSubstr("airtap.toml, line 2, column 15: "),
                     testing::Not(testing::HasSubstr("my-secret"))));
  EXPECT_FALSE(parse_config("[station]\nkey = \"x\"\n", "airtap.toml"));
  EXPECT_FALSE(parse_config("station = 1\n", "airtap.toml"));
}

TEST(Config, OfAHostWithoutFilesHasTheseDefaults) {
  const Config config = parsed("");
  EXPECT_THAT(config.claim, ElementsAre("airtap*"));
  EXPECT_EQ(config.mode, Mode::automatic);
  EXPECT_EQ(config.uplink, std::nullopt);
  EXPECT_EQ(config.addresses, 32u);
  EXPECT_THAT(config.allowed_modes, IsEmpty());
  EXPECT_THAT(config.allowed_uplinks, IsEmpty());
  EXPECT_FALSE(config.allow_server);
  EXPECT_EQ(config, Config{});
}

TEST(Config, ReadsEveryKey) {
  const Config config = parsed(
      "claim = ['air*', 'vm?']\nmode = 'macnat'\nuplink = 'wlan0'\naddresses = 4\n"
      "[allow]\nmodes = ['macnat', 'ipvtap']\nuplinks = ['wlan0', 'wlan1']\nserver = true\n");
  EXPECT_THAT(config.claim, ElementsAre("air*", "vm?"));
  EXPECT_EQ(config.mode, Mode::macnat);
  EXPECT_EQ(config.uplink, "wlan0");
  EXPECT_EQ(config.addresses, 4u);
  EXPECT_THAT(config.allowed_modes, ElementsAre(Mode::macnat, Mode::ipvtap));
  EXPECT_THAT(config.allowed_uplinks, ElementsAre("wlan0", "wlan1"));
  EXPECT_TRUE(config.allow_server);
}

TEST(Config, ChangesOnlyWhatTheTextMentions) {
  Config base;
  base.mode = Mode::ipvtap;
  base.allowed_modes = {Mode::ipvtap};
  base.allow_server = true;
  const Config config = parsed("addresses = 7\n[allow]\nserver = false\n", base);
  EXPECT_EQ(config.mode, Mode::ipvtap);
  EXPECT_EQ(config.addresses, 7u);
  EXPECT_THAT(config.allowed_modes, ElementsAre(Mode::ipvtap));
  EXPECT_FALSE(config.allow_server);
}

TEST(Config, ReplacesListsAndDoesNotAppendToThem) {
  EXPECT_THAT(parsed("claim = ['vm*']").claim, ElementsAre("vm*"));
  EXPECT_THAT(parsed("claim = []").claim, IsEmpty());
}

TEST(Config, NamesAnUnknownKeyItsPlaceAndTheKeysThereAre) {
  EXPECT_EQ(error_of("addresses = 4\n  moed = 'auto'\n"),
            "airtap.toml, line 2, column 3: unknown key 'moed' (keys: claim, mode, uplink, "
            "addresses, [allow], [station] and [profile.NAME])");
  EXPECT_EQ(error_of("[allow]\nmode = 'macnat'\n"),
            "airtap.toml, line 2, column 1: unknown key 'mode' (keys: modes, uplinks, server)");
  EXPECT_THAT(error_of("[alow]\nmodes = []\n"), StartsWith("airtap.toml, line 1, column 2: "
                                                           "unknown key 'alow'"));
}

TEST(Config, NamesThePlaceWhereTheFileIsNotToml) {
  EXPECT_THAT(error_of("mode = 'auto'\nuplink = wlan0\n"), StartsWith("airtap.toml, line 2, col"));
  EXPECT_THAT(error_of("mode = 'auto'\nmode = 'auto'\n"), StartsWith("airtap.toml, line 2, col"));
  EXPECT_THAT(error_of("claim = ["), StartsWith("airtap.toml, line 1, col"));
}

TEST(Config, TakesLettersBeyondAsciiInCommentsOnly) {
  EXPECT_EQ(parsed("# für alle\nmode = 'macnat' # größer\n").mode, Mode::macnat);
  EXPECT_EQ(error_of("# für alle\ngröße = 4\n"),
            "airtap.toml, line 2: a character that is not ASCII (only comments may have such)");
  EXPECT_THAT(error_of("s = \"\"\"\\\n§\"\"\""), StartsWith("airtap.toml, line 2: a character"));
  EXPECT_THAT(error_of("\xff"), StartsWith("airtap.toml, line 1: a character"));
}

TEST(Config, NamesThePlaceOfAValueThatIsWrong) {
  EXPECT_EQ(error_of("mode = 'macvtap'"),
            "airtap.toml, line 1, column 8: unknown mode 'macvtap' (modes: auto, macnat, 4addr, "
            "ipvtap, bridge, ipvlan, station)");
  EXPECT_EQ(error_of("mode = 4"),
            "airtap.toml, line 1, column 8: the value is not a string (put it in quotes)");
  EXPECT_EQ(error_of("uplink = 'wlan0123456789ab'"),
            "airtap.toml, line 1, column 10: interface name 'wlan0123456789ab' has 16 characters "
            "(use at most 15)");
  EXPECT_EQ(error_of("claim = 'airtap*'"),
            "airtap.toml, line 1, column 9: the value is not a list (put it in brackets: [\"…\", "
            "\"…\"])");
  EXPECT_EQ(error_of("claim = ['a', '']"),
            "airtap.toml, line 1, column 15: the pattern is empty (write one such as \"airtap*\")");
  EXPECT_EQ(error_of("allow = true"),
            "airtap.toml, line 1, column 9: 'allow' is not a table (write it as [allow])");
  EXPECT_EQ(error_of("[allow]\nserver = 'yes'"),
            "airtap.toml, line 2, column 10: the value is not true or false (write it without "
            "quotes)");
  EXPECT_THAT(error_of("[allow]\nmodes = ['macnat', 'x']"),
              StartsWith("airtap.toml, line 2, column 20: unknown mode 'x'"));
  EXPECT_THAT(error_of("[allow]\nuplinks = ['a/b']"),
              StartsWith("airtap.toml, line 2, column 12: 'a/b' is not an interface name"));
}

TEST(Config, ProfilesHaveNamesAndKeysOfTheirOwn) {
  const Config config = parsed(
      "[profile.airtap]\nmode = '4addr'\n[profile.airtap-x]\nuplink = 'wlan1'\nisolate = true");
  EXPECT_EQ(config.profiles.at("airtap").mode, Mode::four_addr);
  EXPECT_EQ(config.profiles.at("airtap-x"), (Profile{{}, "wlan1", {}, true}));
  EXPECT_EQ(error_of("[profile.lab]"),
            "airtap.toml, line 1, column 10: the profile's name 'lab' does not start with airtap "
            "(call it airtap-something)");
  EXPECT_EQ(error_of("[profile.airtap-laboratory]"),
            "airtap.toml, line 1, column 10: interface name 'airtap-laboratory' has 17 characters "
            "(use at most 15)");
  EXPECT_EQ(error_of("[profile.airtap]\nmod = 'auto'"),
            "airtap.toml, line 2, column 1: unknown key 'mod' (keys: mode, uplink, addresses, "
            "isolate)");
  EXPECT_THAT(error_of("profile = 1"), testing::HasSubstr("'profile' is not a table"));
  EXPECT_THAT(error_of("[profile]\nmode = 'auto'"), testing::HasSubstr("a profile has a name"));
}

TEST(Config, TakesOneTo64Addresses) {
  for (const std::string good : {"1", "64"}) EXPECT_EQ(error_of("addresses = " + good), "no error");
  for (const std::string bad : {"0", "65", "-1", "4294967297", "'4'", "4.0", "true"})
    EXPECT_EQ(error_of("addresses = " + bad),
              "airtap.toml, line 1, column 13: the value is not a number from 1 to 64")
        << bad;
}

std::string installed_file() {
  std::ostringstream text;
  text << std::ifstream(std::string(AIRTAP_SOURCE_DIR) + "/plugin/config/airtap.toml").rdbuf();
  return text.str();
}

TEST(InstalledConfig, ChangesNothing) { EXPECT_EQ(parsed(installed_file()), Config{}); }

TEST(InstalledConfig, ShowsEveryKeyWithAValueThatWorks) {
  // "#key = value" without a blank after '#' is a setting, everything else is prose.
  const std::string active =
      std::regex_replace(installed_file(), std::regex("#(\\[profile|[a-z]+ = )"), "$1");
  const Config config = parsed(active);
  EXPECT_EQ(config.uplink, "wlan0");
  EXPECT_THAT(config.allowed_modes, ElementsAre(Mode::macnat, Mode::ipvtap));
  EXPECT_THAT(config.allowed_uplinks, ElementsAre("wlan0"));
  EXPECT_EQ(config.profiles.at("airtap-lab"), (Profile{Mode::ipvtap, "wlan1", 4, true}));
  EXPECT_EQ(config.station_credentials, "/etc/airtap/station.conf");
  Config defaults = config;
  defaults.station_credentials.clear();
  defaults.profiles.clear();
  defaults.uplink.reset();
  defaults.allowed_modes.clear();
  defaults.allowed_uplinks.clear();
  EXPECT_EQ(defaults, Config{}) << "what is not called an example must be the default";
  for (const char* key : {"claim", "mode", "addresses", "server"})
    EXPECT_NE(active.find(std::string("\n") + key + " = "), std::string::npos) << key;
}

}  // namespace
}  // namespace airtap
