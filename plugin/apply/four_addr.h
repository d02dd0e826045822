// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Turning 4-address frames off without losing the host. An access point with WDS keeps a station
// that has used them on an interface of its own (hostapd, AP_VLAN) until the station leaves: turned
// off on our side alone, its frames would be dropped here and the host would be cut off while the
// link says "connected".
#pragma once

#include "kernel/kernel.h"

namespace airtap {

/// Off; and if the gateway is silent then, the station leaves once so that its supplicant joins
/// anew, which is waited for. Takes up to `rejoin_timeout` in that case, else milliseconds.
Result<> leave_four_addr(Kernel& kernel, const LinkFacts& uplink);

}  // namespace airtap
