// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Guests and settings, as they are written into the maps. Callers hold the uplink's lock: nobody
// else writes, except the programs (addresses, rings, counters).
#pragma once

#include <vector>

#include "kernel/bpf_datapath_pins.h"
#include "kernel/datapath.h"

namespace airtap {

Result<> write_settings(const BpfPins& pins, const IfName& uplink,
                        const DatapathSettings& settings);
Result<DatapathSettings> read_settings(const BpfPins& pins, const IfName& uplink);
Result<> write_reserved(const BpfPins& pins, const IfName& uplink,
                        const std::vector<MacAddress>& macs);
/// The very same guest is there already: what it has learned and counted stays as it is.
Result<bool> is_written(const BpfPins& pins, const IfName& uplink, const DatapathGuest& guest);
Result<> write_guest(const BpfPins& pins, const IfName& uplink, const DatapathGuest& guest);

/// What is left to do on a device for a guest that is gone; 0: nothing.
struct ForgottenGuest {
  int isolated_port = 0;
};
Result<ForgottenGuest> erase_guest(const BpfPins& pins, const IfName& uplink, unsigned id);

}  // namespace airtap
