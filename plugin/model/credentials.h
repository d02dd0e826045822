// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where the credentials of guests' stations are, in airtap.toml and in actions: the absolute path
// of a wpa_supplicant.conf, or one of these words.
#pragma once

#include <string_view>

namespace airtap {

/// The configuration file of the uplink's wpa_supplicant.
inline constexpr std::string_view credentials_of_supplicant = "supplicant";
/// NetworkManager's profile of the uplink's connection.
inline constexpr std::string_view credentials_of_network_manager = "networkmanager";

}  // namespace airtap
