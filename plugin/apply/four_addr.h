// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Turning 4-address frames off without losing the host. An access point with WDS keeps a station
// that has used them on an interface of its own (hostapd: AP_VLAN) until the station associates
// anew. Until then frames of the one kind are dropped by the side that wants the other, and the
// host would be cut off while the link says "connected".
#pragma once

#include <chrono>

#include "kernel/kernel.h"

namespace airtap {

/// How long a station may take to associate anew.
inline constexpr std::chrono::milliseconds rejoin_timeout{8000};

/// Off; and if the gateway is silent then, the station associates anew, which is waited for, with
/// an error when it is not back by then. Without patience that is the supplicant's alone, once it
/// has agreed. Where nobody can do that, 4-address frames stay on until the next association, with
/// a warning: the host's network comes first.
Result<> leave_four_addr(Kernel& kernel, const LinkFacts& uplink,
                         std::chrono::milliseconds patience = rejoin_timeout);

}  // namespace airtap
