// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Turning 4-address frames off without losing the host. An access point with WDS keeps a station
// that has used them on an interface of its own (hostapd: AP_VLAN) until the station associates
// anew. Until then frames of the one kind are dropped by the side that wants the other, and the
// host would be cut off while the link says "connected".
#pragma once

#include "kernel/kernel.h"

namespace airtap {

/// Off; and if the gateway is silent then, the station associates anew, which is waited for. Where
/// nobody can do that, 4-address frames stay on until the next association, with a warning: the
/// host's network comes first.
Result<> leave_four_addr(Kernel& kernel, const LinkFacts& uplink);

}  // namespace airtap
