// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the name that a caller gives for a bridge stands for.
#pragma once

#include "config/config.h"
#include "model/guest_nic.h"
#include "model/if_name.h"

namespace airtap {

struct Wanted {
  GuestNic nic;
  Config config;  ///< with the profile's choices in place of the general ones
};

/// A profile of the configuration; `airtap`; `airtap-` and a mode; otherwise the name of an uplink,
/// or of airtap's bridge for it. The error lists the profiles.
Result<Wanted> resolve_name(const IfName& name, const Config& config);

}  // namespace airtap
