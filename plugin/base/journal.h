// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The journal's own protocol: one datagram a message, a line a field
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). Unlike syslog it carries fields of ours, by which a
// domain's messages can be found.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace airtap {

/// False when nobody listens there.
bool send_to_journal(const std::string& socket_path,
                     const std::vector<std::pair<std::string_view, std::string_view>>& fields);

}  // namespace airtap
