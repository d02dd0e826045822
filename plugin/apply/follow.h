// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The host changes while guests run: its MAC, its addresses, its gateway, even the uplink itself.
// What guests share is brought up to date here, from the record alone.
#pragma once

#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "record/record.h"

namespace airtap {

struct UplinkChange {
  bool present = false;    ///< the uplink exists
  bool made_anew = false;  ///< another device of that name than before
  /// Where the host is found on the LAN has changed: MAC, device or addresses.
  bool host_moved = false;
  std::vector<std::string> mended;  ///< for the journal, a line each
};

/// Datapath settings, and on a device made anew also programs, promiscuity and 4-address frames.
/// Cheap when nothing has changed. An uplink that is gone is no error: it may come back.
Result<UplinkChange> follow_uplink(Kernel& kernel, const UplinkRecord& record);

}  // namespace airtap
