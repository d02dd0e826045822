// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What QEMU's own helper does: a TAP on a bridge that is there. It ends with its last descriptor,
// so nothing has to be recorded or undone.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "model/if_name.h"

namespace airtap {

/// A device of this name is a bridge, here and now.
bool is_bridge(const IfName& name);

/// There is a device of this name.
bool is_device(const IfName& name);

/// Up, with the bridge's MTU. ENODEV when there is no such bridge.
Result<UniqueFd> tap_on_bridge(const IfName& bridge, bool use_vnet);

}  // namespace airtap
