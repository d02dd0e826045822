// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Which program belongs on which side of which device, and clsact there.
#pragma once

#include "kernel/bpf_datapath_pins.h"
#include "model/action.h"

namespace airtap {

/// All of an attachment's programs or none.
Result<> attach_programs(const BpfPins& pins, const IfName& uplink, int ifindex,
                         Attachment attachment);
/// Stops at nothing; the first error.
Result<> detach_programs(const BpfPins& pins, int ifindex, Attachment attachment);

/// The one program more on the TAP of a guest that asked for isolation.
Result<> attach_isolation(const BpfPins& pins, const IfName& uplink, int ifindex);
Result<> detach_isolation(const BpfPins& pins, int ifindex);

}  // namespace airtap
