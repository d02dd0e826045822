// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One command to wpa_supplicant by its control socket (wpa_supplicant's doc/ctrl_iface.doxygen:
// text datagrams, "OK" or "FAIL" back).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace airtap {

/// Waits at most a second for "OK". ENOENT or ECONNREFUSED: nobody listens at `socket_path`.
Result<> ask_supplicant(const std::string& socket_path, std::string_view command);

}  // namespace airtap
