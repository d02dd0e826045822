// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What every device that airtap makes has in common: a mark by which it is known as ours, and no
// part of the host's own IPv6 on it. A bridge or TAP that is up would otherwise give the host a
// link-local address there, and accept router advertisements from the LAN a second time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "model/if_name.h"

namespace airtap {

/// IFLA_IFALIAS of our devices.
inline constexpr std::string_view our_alias = "airtap";

/// IFLA_GROUP of our devices from their making until they have that alias, which the kernel ignores
/// in the message that makes a device: so whoever finds one of which the rest was never done, its
/// maker having been killed, knows it for ours. "airt"; nobody else's, and the default afterwards.
inline constexpr std::uint32_t making_group = 0x61697274;

/// Writes net.ipv6.conf.<name>.disable_ipv6 of the caller's network namespace. A kernel without
/// IPv6 has nothing to disable and is no error; a read-only /proc/sys is (EROFS).
Result<> disable_ipv6(const IfName& name);

}  // namespace airtap
