// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What every device that airtap makes has in common: a mark by which it is known as ours, and no
// part of the host's own IPv6 on it. A bridge or TAP that is up would otherwise give the host a
// link-local address there, and accept router advertisements from the LAN a second time.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/if_name.h"

namespace airtap {

/// IFLA_IFALIAS of our devices.
inline constexpr std::string_view our_alias = "airtap";

/// Writes net.ipv6.conf.<name>.disable_ipv6 of the caller's network namespace. A kernel without
/// IPv6 has nothing to disable and is no error; a read-only /proc/sys is (EROFS).
Result<> disable_ipv6(const IfName& name);

}  // namespace airtap
