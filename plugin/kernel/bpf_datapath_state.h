// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the programs counted and learned, read from the maps.
#pragma once

#include <vector>

#include "kernel/bpf_datapath_pins.h"
#include "kernel/datapath.h"

namespace airtap {

Result<std::vector<GuestState>> read_guests(const BpfPins& pins, const IfName& uplink);
/// Of one guest; of 0: of no guest.
Result<GuestCounters> read_counters(const BpfPins& pins, const IfName& uplink, unsigned id);
Result<> reset_counters(const BpfPins& pins, const IfName& uplink, unsigned id);

}  // namespace airtap
