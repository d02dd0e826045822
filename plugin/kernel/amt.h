// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace airtap {

/// Whether Intel's AMT listens on a Wi-Fi device, which takes its one rx_handler
/// (drivers/net/wireless/intel/iwlwifi/mei/main.c): the device is iwlwifi's and iwlmei is bound.
/// The kernel does not tell whether AMT is also in use, so this may be so in vain.
bool shared_with_amt(const std::string& device, const std::filesystem::path& sysfs = "/sys");

}  // namespace airtap
