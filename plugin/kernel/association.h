// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a running wpa_supplicant is asked and told about its station.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace airtap {

/// Returns when the station is in a network, keys and all. The error says what the access point has
/// against it, as far as it has said so.
Result<> await_association(const std::string& socket_path, std::chrono::milliseconds timeout);

/// To `frequency` (MHz) and no other, or, for 0, out of the network. True when it was elsewhere.
Result<bool> follow_channel(const std::string& socket_path, unsigned frequency);

}  // namespace airtap
