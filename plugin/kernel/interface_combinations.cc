// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/interface_combinations.h"

#include <linux/nl80211.h>
#include <netlink/attr.h>

#include <array>
#include <optional>
#include <string>

namespace airtap {

namespace {

std::string name_of(int iftype) {
  constexpr std::array names{"unspecified", "IBSS",   "managed",    "AP",
                             "AP/VLAN",     "WDS",    "monitor",    "mesh",
                             "P2P-client",  "P2P-GO", "P2P-device", "outside context of a BSS",
                             "NAN"};
  const auto index = static_cast<std::size_t>(iftype);
  return index < names.size() ? names[index] : "type " + std::to_string(iftype);
}

template <std::size_t Size>
bool parse(std::array<nlattr*, Size>& found, nlattr* nest) {
  return nla_parse_nested(found.data(), Size - 1, nest, nullptr) >= 0;
}

std::optional<unsigned> number(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) < 4) return std::nullopt;
  return nla_get_u32(attribute);
}

std::optional<InterfaceCombination::Limit> parse_limit(nlattr* nest) {
  std::array<nlattr*, MAX_NL80211_IFACE_LIMIT + 1> found{};
  if (!parse(found, nest)) return std::nullopt;
  const auto most = number(found[NL80211_IFACE_LIMIT_MAX]);
  const nlattr* types = found[NL80211_IFACE_LIMIT_TYPES];
  if (!most || types == nullptr) return std::nullopt;
  InterfaceCombination::Limit limit{.most = *most, .types = {}};
  const nlattr* type = nullptr;
  int rest = 0;
  nla_for_each_nested(type, types, rest) limit.types.push_back(name_of(nla_type(type)));
  return limit;
}

std::optional<InterfaceCombination> parse_combination(nlattr* nest) {
  std::array<nlattr*, MAX_NL80211_IFACE_COMB + 1> found{};
  if (!parse(found, nest)) return std::nullopt;
  const auto most = number(found[NL80211_IFACE_COMB_MAXNUM]);
  const auto channels = number(found[NL80211_IFACE_COMB_NUM_CHANNELS]);
  const nlattr* limits = found[NL80211_IFACE_COMB_LIMITS];
  if (!most || !channels || limits == nullptr) return std::nullopt;
  InterfaceCombination combination{.limits = {}, .most = *most, .channels = *channels};
  nlattr* one = nullptr;
  int rest = 0;
  nla_for_each_nested(one, limits, rest) {
    if (auto limit = parse_limit(one)) combination.limits.push_back(*std::move(limit));
  }
  return combination;
}

}  // namespace

std::vector<InterfaceCombination> parse_combinations(std::span<const std::byte> attributes) {
  // libnl reads attributes in place, as aligned words.
  std::vector<std::byte> aligned(attributes.begin(), attributes.end());
  std::vector<InterfaceCombination> combinations;
  const nlattr* all =
      nla_find(reinterpret_cast<nlattr*>(aligned.data()), static_cast<int>(aligned.size()),
               NL80211_ATTR_INTERFACE_COMBINATIONS);
  if (all == nullptr) return combinations;
  nlattr* one = nullptr;
  int rest = 0;
  nla_for_each_nested(one, all, rest) {
    if (auto combination = parse_combination(one)) combinations.push_back(*std::move(combination));
  }
  return combinations;
}

}  // namespace airtap
