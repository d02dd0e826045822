// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How a guest NIC reaches the uplink. The table in plugin/README.md says what each one needs.
#pragma once

#include <string_view>

#include "base/result.h"

namespace airtap {

enum class Mode {
  automatic,  ///< decided from facts by the plan
  macnat,     ///< TAP on our bridge, MAC translated on the station
  four_addr,  ///< TAP on our bridge, 4-address frames
  ipvtap,     ///< ipvtap instead of a TAP, MAC translated on the station
  bridge,     ///< TAP on our bridge, frames passed unrewritten to a bridgeable uplink
  ipvlan,     ///< ipvlan of the uplink, moved into a container; the kernel does the rest
  station,    ///< macvtap on a station of the guest's own, on the uplink's radio
};

/// The name used in XML, configuration and messages: auto, macnat, 4addr, ipvtap, bridge, ipvlan,
/// station.
std::string_view to_text(Mode mode);
/// The error lists the modes there are.
Result<Mode> parse_mode(std::string_view text);

}  // namespace airtap
