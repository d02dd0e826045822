// SPDX-License-Identifier: LGPL-2.1-or-later
//
// bridge: like 4addr on an uplink that takes any MAC as it is: wired, access point, mesh point,
// batman-adv.
#include <fmt/format.h>

#include "plan/modes.h"

namespace airtap {

Result<> BridgePlanner::check(const NicInPlan& in) const {
  const auto& wireless = in.uplink.wireless;
  const bool bridgeable = !wireless || wireless->type == WirelessType::access_point ||
                          wireless->type == WirelessType::mesh_point || wireless->four_addr;
  if (!bridgeable)
    return fail(fmt::format("{} is a Wi-Fi station: the access point drops frames of other MACs",
                            in.uplink.link.name.text()),
                "try mode macnat");
  return check_not_enslaved(in);
}

std::vector<Feature> BridgePlanner::features(const NicInPlan& in, bool) const {
  if (in.uplink.batman_over) return {Feature::batman, Feature::datapath, Feature::bridge};
  return {Feature::datapath, Feature::bridge};
}

Actions BridgePlanner::own_steps(const NicInPlan& in) const {
  return bridged_port_steps(in, /*translate=*/false);
}

}  // namespace airtap
