// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The MACs that a guest which brings its own, unannounced, must not bring: with the gateway's it
// would get what host and guests send to the gateway.
#pragma once

#include <chrono>

#include "kernel/kernel.h"

namespace airtap {

/// Tells the datapath of the MACs of the host and of the uplink's gateways, as they are now. Waits
/// up to `timeout` for gateways the kernel has to look for; when none of them is found it fails,
/// and what was told before stays.
Result<> reserve_macs(Kernel& kernel, const IfName& uplink,
                      std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));

}  // namespace airtap
