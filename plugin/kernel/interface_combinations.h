// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a radio can be at once: NL80211_ATTR_INTERFACE_COMBINATIONS of a reply to
// NL80211_CMD_GET_WIPHY.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/interface_combination.h"

namespace airtap {

/// `attributes`: what follows the genlmsghdr. What is malformed is left out.
std::vector<InterfaceCombination> parse_combinations(std::span<const std::byte> attributes);

}  // namespace airtap
