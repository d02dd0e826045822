// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The descriptor of a device that was made for a caller.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "model/plan.h"

namespace airtap {

struct Device {
  int ifindex = 0;
  std::string node;  ///< /dev/tap<ifindex>; empty for a TAP
};

/// ENODEV when it is gone.
Result<Device> device_of(const PlannedNic& nic);

/// A TAP is no longer persistent then: it ends with the last copy of the descriptor. An ipvtap does
/// not.
Result<UniqueFd> open_device(const PlannedNic& nic, const Device& device, bool use_vnet);

}  // namespace airtap
