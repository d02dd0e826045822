// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "model/if_name.h"
#include "model/ip_address.h"
#include "model/mac_address.h"
#include "model/mode.h"

namespace airtap {
namespace {

template <class T>
std::string error_of(const Result<T>& result) {
  return result ? "no error" : result.error().line();
}

TEST(MacAddress, ReadsWhatLibvirtWritesInAnyCase) {
  const auto mac = MacAddress::parse("52:54:00:AB:cd:0f");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->bytes, (std::array<std::uint8_t, 6>{0x52, 0x54, 0x00, 0xab, 0xcd, 0x0f}));
  EXPECT_EQ(mac->text(), "52:54:00:ab:cd:0f");
}

TEST(MacAddress, RefusesEverythingElse) {
  for (const std::string text :
       {"", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:56:", "52-54-00-12-34-56",
        "525400123456", "52:54:00:12:34:5g", "52:54:00:12:34: 6", "52:54:00:12:34:-6",
        "52:54:00:12:34:+6", "0x:54:00:12:34:56", " 2:54:00:12:34:56", "52:54:00:12:34:567"})
    EXPECT_FALSE(MacAddress::parse(text)) << text;
  EXPECT_FALSE(MacAddress::parse(std::string_view("52:54:00:12:34:\0006", 17)));
  EXPECT_EQ(error_of(MacAddress::parse("x")),
            "'x' is not a MAC address (write six hexadecimal bytes: 52:54:00:12:34:56)");
}

TEST(MacAddress, KnowsGroupsAndZero) {
  EXPECT_TRUE(MacAddress::parse("ff:ff:ff:ff:ff:ff")->is_group());
  EXPECT_TRUE(MacAddress::parse("33:33:00:00:00:01")->is_group());
  EXPECT_FALSE(MacAddress::parse("52:54:00:00:00:01")->is_group());
  EXPECT_TRUE(MacAddress::parse("00:00:00:00:00:00")->is_zero());
  EXPECT_FALSE(MacAddress::parse("00:00:00:00:00:01")->is_zero());
}

TEST(IfName, TakesWhatTheKernelTakes) {
  for (const std::string text : {"a", "wlan0", "airbr-0", "wlp3s0.42", "123456789012345", "…"})
    EXPECT_EQ(IfName::parse(text).value().text(), text);
}

TEST(IfName, RefusesWhatTheKernelRefusesAndPatterns) {
  for (const std::string text :
       {"", ".", "..", "a/b", "a:1", "tap%d", "a b", "a\tb", "a\n", "1234567890123456"})
    EXPECT_FALSE(IfName::parse(text)) << text;
  EXPECT_FALSE(IfName::parse(std::string_view("a\0b", 3)));
  EXPECT_EQ(error_of(IfName::parse("1234567890123456")),
            "interface name '1234567890123456' has 16 characters (use at most 15)");
  EXPECT_EQ(IfName::parse(std::string(50, 'a')).error().line(),
            "interface name '" + std::string(40, 'a') + "…' has 50 characters (use at most 15)");
}

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(IpAddress::parse("192.168.1.20").value().text(), "192.168.1.20");
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0::1").value().text(), "2001:db8::1");
  EXPECT_TRUE(IpAddress::parse("10.0.0.1").value().is_v4());
  EXPECT_FALSE(IpAddress::parse("fe80::1").value().is_v4());
}

TEST(IpAddress, HasOneFormForAnIpv4Address) {
  EXPECT_EQ(IpAddress::parse("10.0.0.1").value(), IpAddress::parse("::ffff:10.0.0.1").value());
  const std::array<std::uint8_t, 4> bytes{10, 0, 0, 1};
  EXPECT_EQ(IpAddress::from_bytes(bytes).value(), IpAddress::parse("10.0.0.1").value());
  EXPECT_EQ(IpAddress::parse("10.0.0.1")->v4_bytes()[0], 10);
}

TEST(IpAddress, KnowsTheUnspecifiedAddressOfBothFamilies) {
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_zero());
  EXPECT_TRUE(IpAddress::parse("::")->is_zero());
  EXPECT_FALSE(IpAddress::parse("0.0.0.1")->is_zero());
  EXPECT_FALSE(IpAddress::parse("::1")->is_zero());
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const std::string text : {"", "10.0.0", "10.0.0.256", "10.0.0.1/24", "fe80::1%wlan0", "x"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::from_bytes(std::array<std::uint8_t, 5>{}));
  EXPECT_EQ(error_of(IpAddress::parse("x")), "'x' is not an IP address");
}

TEST(Mode, HasTheSameNameBothWays) {
  for (const Mode mode :
       {Mode::automatic, Mode::macnat, Mode::four_addr, Mode::ipvtap, Mode::bridge})
    EXPECT_EQ(parse_mode(to_text(mode)).value(), mode);
}

TEST(Mode, ListsTheModesWhenThereIsNoSuchMode) {
  EXPECT_EQ(error_of(parse_mode("macvtap")).substr(0, 37), "unknown mode 'macvtap' (modes: auto, ");
  EXPECT_FALSE(parse_mode(""));
  EXPECT_FALSE(parse_mode("4ADDR"));
}

}  // namespace
}  // namespace airtap
