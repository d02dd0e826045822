// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How a guest's station gets its credentials: what is taken from a wpa_supplicant.conf, from a
// command line, from NetworkManager; and that no message repeats a secret.
#include "kernel/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "support/temp_directory.h"

namespace airtap {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view two_networks = R"(
ctrl_interface=DIR=/run/wpa_supplicant
update_config=1
# network={ is only a comment here
network={
	ssid="home"  # a comment
	psk="correct # horse"
	disabled=1
	mac_addr=1
	scan_freq=5180
}
network={
	ssid=686F6D65
	key_mgmt=SAE
	sae_password="short"
}
cred={
	password="of a passpoint"
}
network={
	ssid="home"
	mode=2
	psk="of an access point"
}
network={
	ssid="elsewhere"
	key_mgmt=NONE
}
)";

TEST(NetworkBlocks, ThoseOfOneNetworkAreWrittenForAnotherStation) {
  const auto all = parse_networks(two_networks);
  ASSERT_TRUE(all) << all.error().line();
  EXPECT_EQ(all->size(), 4U);
  const auto home = networks_called("home", *all);
  ASSERT_EQ(home.size(), 2U) << "by its name, and by its name in hexadecimal";
  EXPECT_EQ(supplicant_conf(home, 2412, "/run/x"), R"(ctrl_interface=DIR=/run/x
sae_pwe=2
p2p_disabled=1
network={
	ssid="home"
	psk="correct # horse"
	mac_addr=0
	scan_freq=2412
	freq_list=2412
}
network={
	ssid=686F6D65
	key_mgmt=SAE
	sae_password="short"
	mac_addr=0
	scan_freq=2412
	freq_list=2412
}
)");
  EXPECT_TRUE(networks_called("nowhere", *all).empty());
}

TEST(NetworkBlocks, WhatWpaSupplicantWouldRepeatInItsLogIsRefusedWithoutRepeatingIt) {
  for (const char* line : {"psk=\"S3cret\"", "psk=\"S3cret-without-end", "psk=S3cretS3cret",
                           "password=S3cret", "sae_password=\"S3cret", "S3cret"}) {
    const auto networks = parse_networks("network={\n" + std::string(line) + "\n}\n");
    ASSERT_FALSE(networks) << line;
    EXPECT_THAT(networks.error().line(), HasSubstr("line 2: "));
    EXPECT_THAT(networks.error().line(), Not(HasSubstr("S3cret")));
  }
  EXPECT_FALSE(parse_networks("network={\nssid=\"home\"\n"));
  const std::string raw(64, 'a');
  EXPECT_TRUE(parse_networks("network={\npsk=" + raw + "\npassword=hash:" + raw + "\n}\n"));
}

TEST(Credentials, AreNotTakenFromAFileThatOthersCanRead) {
  test::TempDirectory directory;
  const std::filesystem::path path = directory / "station.conf";
  EXPECT_THAT(read_secret_file(path).error().line(), HasSubstr("mode 0600"));
  std::ofstream(path) << two_networks;
  for (const mode_t mode : {0644U, 0640U, 0602U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto networks = read_secret_file(path, ::getuid());
    ASSERT_FALSE(networks) << mode;
    EXPECT_THAT(networks.error().line(), HasSubstr("others than root can read or change it"));
    EXPECT_THAT(networks.error().hint(), HasSubstr("chmod 600 " + path.string()));
  }
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_FALSE(read_secret_file(path, ::getuid() + 1)) << "somebody else's";
  EXPECT_TRUE(read_secret_file(path, ::getuid()));
  EXPECT_FALSE(read_secret_file(directory / "", ::getuid())) << "a directory";
}

TEST(Credentials, OfASupplicantAreInTheFileThatItsCommandLineNames) {
  using Arguments = std::vector<std::string>;
  const auto file = [](const Arguments& arguments) {
    return file_of_supplicant(arguments, "wlan0");
  };
  EXPECT_EQ(file({"/sbin/wpa_supplicant", "-c/etc/a.conf", "-Dnl80211", "-iwlan0"}), "/etc/a.conf");
  EXPECT_EQ(file({"wpa_supplicant", "-s", "-i", "wlan0", "-c", "/etc/a.conf"}), "/etc/a.conf");
  EXPECT_EQ(file({"wpa_supplicant", "-iwlan1", "-c/b", "-N", "-iwlan0", "-c/a"}), "/a");
  EXPECT_EQ(file({"wpa_supplicant", "-iwlan1", "-c/b"}), std::nullopt);
  EXPECT_EQ(file({"wpa_supplicant", "-u", "-s", "-O", "/run/wpa_supplicant"}), std::nullopt);
  EXPECT_EQ(file({"wpa_supplicant", "-iwlan0", "-crelative"}), std::nullopt);
  EXPECT_EQ(file({"wpa_supplicant", "-iwlan0", "-c"}), std::nullopt);
  EXPECT_EQ(file({"vi", "-iwlan0", "-c/etc/a.conf"}), std::nullopt);
  EXPECT_EQ(file({}), std::nullopt);
}

TEST(Credentials, OfNetworkManagersProfile) {
  const auto of = [](const std::string& text) { return network_of_profile(text, "home"); };
  const NetworkBlock open{{"ssid", "686f6d65"}, {"key_mgmt", "NONE"}};
  EXPECT_EQ(of("").value(), open);
  const NetworkBlock psk{{"ssid", "686f6d65"},
                         {"key_mgmt", "WPA-PSK WPA-PSK-SHA256 SAE"},
                         {"psk", "\"a:b\\c\"d\""},
                         {"ieee80211w", "1"}};
  EXPECT_EQ(of("802-11-wireless-security.key-mgmt:wpa-psk\n"
               "802-11-wireless-security.psk:a:b\\c\"d\n")
                .value(),
            psk);
  const NetworkBlock sae{
      {"ssid", "686f6d65"}, {"key_mgmt", "SAE"}, {"sae_password", "\"four\""}, {"ieee80211w", "2"}};
  EXPECT_EQ(
      of("802-11-wireless-security.key-mgmt:sae\n802-11-wireless-security.psk:four\n").value(),
      sae);
  EXPECT_THAT(of("802-11-wireless-security.key-mgmt:wpa-psk\n802-11-wireless-security.psk:\n")
                  .error()
                  .line(),
              HasSubstr("a user's keyring has it"));
  EXPECT_THAT(of("802-11-wireless-security.key-mgmt:wpa-eap\n").error().line(),
              HasSubstr("'wpa-eap' cannot be taken over"));
}

}  // namespace
}  // namespace airtap
