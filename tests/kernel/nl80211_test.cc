// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/nl80211.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/nl80211.h>
#include <net/if.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>

#include "base/unique_fd.h"
#include "kernel/amt.h"
#include "support/command.h"
#include "support/net_namespace.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

using test::run;

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

// Interface wlan0 / ifindex 3 / type managed / 4addr: on, as the kernel (little endian) sends it.
const auto four_addr_station = bytes({8,   0,   NL80211_ATTR_IFINDEX,
                                      0,   3,   0,
                                      0,   0,  //
                                      10,  0,   NL80211_ATTR_IFNAME,
                                      0,   'w', 'l',
                                      'a', 'n',  //
                                      '0', 0,   0,
                                      0,  //
                                      8,   0,   NL80211_ATTR_IFTYPE,
                                      0,   2,   0,
                                      0,   0,  //
                                      5,   0,   NL80211_ATTR_4ADDR,
                                      0,   1,   0,
                                      0,   0});

TEST(ParseInterfaceTest, ReadsTypeAndFourAddr) {
  const auto facts = parse_interface(four_addr_station);
  ASSERT_TRUE(facts);
  EXPECT_EQ(*facts, (WirelessFacts{.type = WirelessType::station, .four_addr = true}));
}

TEST(ParseMeshForwarding, IsWhatTheKernelSaysAndNothingWhereItIsCut) {
  const auto reply = [](int on) {
    return bytes({12, 0, NL80211_ATTR_MESH_CONFIG, 0x80,  //
                  5, 0, NL80211_MESHCONF_FORWARDING, 0, on, 0, 0, 0});
  };
  EXPECT_EQ(parse_mesh_forwarding(reply(0)), false);
  EXPECT_EQ(parse_mesh_forwarding(reply(1)), true);
  for (std::size_t length = 0; length < 9; ++length) {
    const auto whole = reply(1);
    EXPECT_FALSE(parse_mesh_forwarding(std::span(whole).first(length))) << length;
  }
}

TEST(SharedWithAmt, TakesTheDriverAndABoundDevice) {
  const test::TempDirectory directory;
  namespace fs = std::filesystem;
  const fs::path sysfs = directory / "sys";
  const fs::path mei = sysfs / "bus/mei/drivers/iwlmei";
  fs::create_directories(sysfs / "class/net/wlan0/device");
  fs::create_directories(mei);
  fs::create_symlink("../../bus/pci/drivers/iwlwifi", sysfs / "class/net/wlan0/device/driver");
  fs::create_symlink("../../../../module/iwlmei", mei / "module");
  EXPECT_FALSE(shared_with_amt("wlan0", sysfs)) << "loaded, but without a device";
  fs::create_symlink("../../../../devices/pci0000:00/0000:00:16.0/x", mei / "0000:00:16.0-1328");
  EXPECT_TRUE(shared_with_amt("wlan0", sysfs));
  EXPECT_FALSE(shared_with_amt("wlan1", sysfs));
  fs::remove(sysfs / "class/net/wlan0/device/driver");
  fs::create_symlink("../../bus/pci/drivers/ath11k", sysfs / "class/net/wlan0/device/driver");
  EXPECT_FALSE(shared_with_amt("wlan0", sysfs));
}

TEST(ParseInterfaceTest, OtherTypes) {
  const auto type = [](int number) {
    return parse_interface(bytes({8, 0, NL80211_ATTR_IFTYPE, 0, number, 0, 0, 0}))->type;
  };
  EXPECT_EQ(type(1), WirelessType::ad_hoc);
  EXPECT_EQ(type(3), WirelessType::access_point);
  EXPECT_EQ(type(7), WirelessType::mesh_point);
  EXPECT_EQ(type(8), WirelessType::p2p_client);
  EXPECT_EQ(type(6), WirelessType::other) << "monitor";
  EXPECT_EQ(type(200), WirelessType::other) << "a newer kernel's";
}

TEST(ParseInterfaceTest, MalformedIsNothing) {
  EXPECT_FALSE(parse_interface({}));
  EXPECT_FALSE(parse_interface(bytes({6, 0, NL80211_ATTR_IFTYPE, 0, 2, 0, 0, 0}))) << "two bytes";
  for (std::size_t length = 0; length < 28; ++length)
    EXPECT_FALSE(parse_interface(std::span(four_addr_station).first(length))) << length;
}

TEST(ParseInterfaceTest, AnyAlignment) {
  std::vector<std::byte> shifted{std::byte{0}};
  shifted.insert(shifted.end(), four_addr_station.begin(), four_addr_station.end());
  EXPECT_TRUE(parse_interface(std::span(shifted).subspan(1)));
}

TEST(Nl80211Test, DeviceWithoutRadioIsNotWireless) {
  Nl80211 wireless;
  const auto info = wireless.info(static_cast<int>(::if_nametoindex("lo")));
  ASSERT_TRUE(info) << info.error().line();
  EXPECT_FALSE(info->has_value());
}

TEST(Nl80211Test, NothingLeaks) {
  const auto before = test::open_fds();
  for (int round = 0; round < 20; ++round) (void)Nl80211().info(1);
  EXPECT_EQ(test::open_fds(), before);
}

/// On a simulated radio (mac80211_hwsim) that nobody uses, never on a real one: the tests switch
/// its mode. Radios stay in the namespace they were made in, so these tests have none of their own
/// and take turns.
class HwsimTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    ASSERT_EQ(::flock(turn_.get(), LOCK_EX), 0);
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net", ignored)) {
      const auto driver =
          std::filesystem::read_symlink(entry.path() / "device" / "driver", ignored).filename();
      const std::string device = entry.path().filename();
      const auto shown = test::ip_link(device);
      if (driver == "mac80211_hwsim" && !test::ip_link_has_flag(shown, "UP") &&
          run("iw dev " + device + " info").output.find("type managed") != std::string::npos)
        device_ = device;
    }
    if (device_.empty()) GTEST_SKIP() << "no idle mac80211_hwsim station here";
    index_ = static_cast<int>(::if_nametoindex(device_.c_str()));
  }
  void TearDown() override {
    if (device_.empty()) return;
    run("iw dev " + device_ + " set type managed");
    run("iw dev " + device_ + " set 4addr off");
  }
  std::string iw_info() const { return run("iw dev " + device_ + " info").output; }

  UniqueFd turn_{::open("/tmp/airtap-radio-test.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600)};
  std::string device_;
  int index_ = 0;
  Nl80211 wireless_;
};

TEST_F(HwsimTest, ProbeHasNoEffect) {
  const auto can = wireless_.can_four_addr(index_);
  ASSERT_TRUE(can) << can.error().line();
  EXPECT_TRUE(*can);
  EXPECT_THAT(iw_info(), ::testing::Not(::testing::HasSubstr("4addr: on")));
  EXPECT_EQ(**wireless_.info(index_), (WirelessFacts{WirelessType::station, false}));
}

TEST_F(HwsimTest, SwitchesFourAddr) {
  ASSERT_TRUE(wireless_.set_four_addr(index_, true));
  EXPECT_THAT(iw_info(), ::testing::HasSubstr("4addr: on"));
  EXPECT_TRUE(wireless_.info(index_)->value().four_addr);
  EXPECT_TRUE(*wireless_.can_four_addr(index_));
  ASSERT_TRUE(wireless_.set_four_addr(index_, false));
  EXPECT_FALSE(wireless_.info(index_)->value().four_addr);
}

TEST_F(HwsimTest, BridgePortCannotLoseFourAddr) {
  ASSERT_TRUE(wireless_.set_four_addr(index_, true));
  run("ip link add airtest-br type bridge");
  ASSERT_EQ(run("ip link set " + device_ + " master airtest-br").status, 0);
  const auto off = wireless_.set_four_addr(index_, false);
  run("ip link del airtest-br");
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().code(), EBUSY);
  EXPECT_THAT(off.error().hint(), ::testing::HasSubstr("bridge"));
}

TEST_F(HwsimTest, MakesAStationWithItsMacAndTakesItAway) {
  const auto station = *IfName::parse("airst-test");
  const auto mac = *MacAddress::parse("52:54:00:12:34:56");
  const auto made = wireless_.create_station(index_, station, mac);
  ASSERT_TRUE(made) << made.error().line();
  EXPECT_EQ(wireless_.create_station(index_, station, mac).error().code(), EEXIST);
  const auto shown = test::ip_link("airst-test");
  const int index = shown["ifindex"].get<int>();
  EXPECT_EQ(shown["address"].get<std::string>(), mac.text());
  EXPECT_EQ((*wireless_.info(index))->type, WirelessType::station);
  ASSERT_TRUE(wireless_.remove_station(index));
  EXPECT_EQ(wireless_.remove_station(index).error().code(), ENODEV);
}

TEST_F(HwsimTest, AccessPointCannot) {
  ASSERT_EQ(run("iw dev " + device_ + " set type __ap").status, 0);
  EXPECT_EQ(wireless_.info(index_)->value().type, WirelessType::access_point);
  const auto can = wireless_.can_four_addr(index_);
  ASSERT_TRUE(can) << can.error().line();
  EXPECT_FALSE(*can);
  const auto on = wireless_.set_four_addr(index_, true);
  ASSERT_FALSE(on);
  EXPECT_EQ(on.error().code(), EOPNOTSUPP);
  EXPECT_THAT(on.error().hint(), ::testing::HasSubstr("macnat"));
}

}  // namespace
}  // namespace airtap
