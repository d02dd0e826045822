// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The networks of a wpa_supplicant.conf: read, chosen, and written for a station of a guest's own.
// No message of this file repeats a value, for it may be a secret.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace airtap {

/// One network={…}, as written: keys and values.
using NetworkBlock = std::vector<std::pair<std::string, std::string>>;

/// Errors name the line. Everything outside of network={…} is left out.
Result<std::vector<NetworkBlock>> parse_networks(std::string_view text);

/// Those of infrastructure networks called `ssid`, with key_mgmt and all.
std::vector<NetworkBlock> networks_called(std::string_view ssid,
                                          const std::vector<NetworkBlock>& networks);

/// The value of `ssid` whatever its bytes are: in hexadecimal.
std::string ssid_value(std::string_view ssid);

/// A wpa_supplicant.conf of those networks on one frequency (MHz), with the device's own MAC.
std::string supplicant_conf(const std::vector<NetworkBlock>& networks, unsigned frequency,
                            std::string_view control_directory);

}  // namespace airtap
