// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How a guest's station gets into the network that the uplink is in, from where the administrator
// says. wpa_supplicant itself tells nobody a key, so it is its file that is read.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "kernel/network_blocks.h"
#include "kernel/supplicants.h"

namespace airtap {

/// At least one. Errors name the place and what to do there.
Result<std::vector<NetworkBlock>> find_credentials(const StationNetwork& network);

/// A file of networks that only root can read, or the reason why it is not.
Result<std::vector<NetworkBlock>> read_secret_file(const std::filesystem::path& path,
                                                   std::uint32_t owner = 0);

/// Of a wpa_supplicant with these arguments, the file that is for `uplink`.
std::optional<std::string> file_of_supplicant(const std::vector<std::string>& arguments,
                                              const std::string& uplink);

/// `text`: what nmcli tells of a connection, "field:value" a line.
Result<NetworkBlock> network_of_profile(std::string_view text, std::string_view ssid);

}  // namespace airtap
