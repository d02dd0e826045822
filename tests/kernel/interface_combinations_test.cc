// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/interface_combinations.h"

#include <gtest/gtest.h>
#include <linux/nl80211.h>

namespace airtap {
namespace {

using Bytes = std::vector<std::byte>;

/// An attribute as the kernel (little endian) sends it, padded to four bytes.
Bytes attribute(int type, const Bytes& value) {
  const auto length = value.size() + 4;
  Bytes all{std::byte(length & 0xff), std::byte(length >> 8), std::byte(type & 0xff),
            std::byte(type >> 8)};
  all.insert(all.end(), value.begin(), value.end());
  all.resize((all.size() + 3) / 4 * 4);
  return all;
}
Bytes number(int type, unsigned value) {
  return attribute(type, {std::byte(value & 0xff), std::byte(value >> 8), {}, {}});
}
Bytes join(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
Bytes limit(int index, unsigned most, const std::vector<int>& types) {
  std::vector<Bytes> flags;
  for (const int type : types) flags.push_back(attribute(type, {}));
  return attribute(index, join({number(NL80211_IFACE_LIMIT_MAX, most),
                                attribute(NL80211_IFACE_LIMIT_TYPES, join(flags))}));
}

// What `iw phy` of an Intel AX210 shows (iwlwifi, net/wireless/nl80211.c,
// nl80211_put_iface_combinations): #{ managed } <= 1, #{ AP, P2P-client, P2P-GO } <= 1,
// #{ P2P-device } <= 1, total <= 3, #channels <= 2.
Bytes intel() {
  const Bytes limits = attribute(
      NL80211_IFACE_COMB_LIMITS,
      join({limit(1, 1, {NL80211_IFTYPE_STATION}),
            limit(2, 1, {NL80211_IFTYPE_AP, NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO}),
            limit(3, 1, {NL80211_IFTYPE_P2P_DEVICE})}));
  const Bytes combination = attribute(1, join({limits, number(NL80211_IFACE_COMB_NUM_CHANNELS, 2),
                                               number(NL80211_IFACE_COMB_MAXNUM, 3)}));
  return join(
      {number(NL80211_ATTR_WIPHY, 0), attribute(NL80211_ATTR_INTERFACE_COMBINATIONS, combination)});
}

TEST(ParseCombinations, LimitsTotalAndChannels) {
  const InterfaceCombination expected{
      .limits = {{1, {"managed"}}, {1, {"AP", "P2P-client", "P2P-GO"}}, {1, {"P2P-device"}}},
      .most = 3,
      .channels = 2};
  EXPECT_EQ(parse_combinations(intel()), std::vector{expected});
}

TEST(ParseCombinations, ATypeOfANewerKernelHasItsNumber) {
  const Bytes combination = attribute(
      1, join({attribute(NL80211_IFACE_COMB_LIMITS, limit(1, 4, {NL80211_IFTYPE_STATION, 40})),
               number(NL80211_IFACE_COMB_NUM_CHANNELS, 1), number(NL80211_IFACE_COMB_MAXNUM, 4)}));
  const auto found =
      parse_combinations(attribute(NL80211_ATTR_INTERFACE_COMBINATIONS, combination));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].limits[0].types, (std::vector<std::string>{"managed", "type 40"}));
}

TEST(ParseCombinations, WhatIsCutOffIsLeftOut) {
  EXPECT_TRUE(parse_combinations({}).empty());
  EXPECT_TRUE(parse_combinations(number(NL80211_ATTR_WIPHY, 0)).empty());
  const Bytes whole = intel();
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_TRUE(parse_combinations(std::span(whole).first(length)).empty()) << length;
}

}  // namespace
}  // namespace airtap
