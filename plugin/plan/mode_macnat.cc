// SPDX-License-Identifier: LGPL-2.1-or-later
//
// macnat: a TAP on our bridge; the datapath puts the station's MAC on the air. Works with any
// access point and any Ethernet-like uplink.
#include "plan/modes.h"

namespace airtap {

Result<> MacnatPlanner::check(const NicInPlan& in) const { return check_not_enslaved(in); }

std::vector<Feature> MacnatPlanner::features(const NicInPlan&, bool) const {
  return {Feature::datapath, Feature::bridge};
}

Actions MacnatPlanner::own_steps(const NicInPlan& in) const {
  return bridged_port_steps(in, /*translate=*/true);
}

}  // namespace airtap
