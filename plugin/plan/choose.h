// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Which uplink and which mode a NIC gets, and why.
#pragma once

#include <string>

#include "config/config.h"
#include "model/guest_nic.h"
#include "model/uplink_facts.h"

namespace airtap {

/// The one of the bridge that the NIC is on, else metadata, else configuration, else the one
/// connected Wi-Fi station, else the device of the default route. The error lists the candidates
/// when there are several.
Result<const UplinkFacts*> choose_uplink(const GuestNic& nic, const HostFacts& facts,
                                         const Config& config);

/// The uplink that a bridge of ours belongs to, and that is `uplink` where one is named. ENODEV
/// when there is no such device now.
Result<const UplinkFacts*> uplink_of_bridge(const std::string& bridge,
                                            const std::optional<std::string>& uplink,
                                            const HostFacts& facts, const Config& config);

struct ModeChoice {
  Mode mode = Mode::macnat;
  std::string reason;
};

/// Never Mode::automatic. Refuses what the configuration does not allow.
Result<ModeChoice> choose_mode(const GuestNic& nic, const UplinkFacts& uplink,
                               const Config& config);

/// What takes the place of `uplink` in mode bridge where frames of foreign MACs travel in
/// batman-adv: the mesh that it is part of, there already or to be made (an ad hoc network; a mesh
/// point that does not forward). nullopt: nothing does.
Result<std::optional<UplinkFacts>> batman_instead(const UplinkFacts& uplink, Mode mode,
                                                  const HostFacts& facts);

}  // namespace airtap
