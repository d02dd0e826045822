// SPDX-License-Identifier: LGPL-2.1-or-later
//
// 4addr: a TAP on our bridge; frames leave with the guest's own MAC in 4-address frames. The uplink
// is not enslaved: the datapath passes frames unrewritten, so the host keeps its addresses on it.
#include <fmt/format.h>

#include "plan/modes.h"

namespace airtap {

Result<> FourAddrPlanner::check(const NicInPlan& in) const {
  const LinkFacts& link = in.uplink.link;
  if (!in.uplink.wireless || in.uplink.wireless->type != WirelessType::station)
    return fail(fmt::format("{} is not a Wi-Fi station", link.name.text()),
                "4-address frames need one; try mode auto");
  return check_not_enslaved(in);
}

std::vector<Feature> FourAddrPlanner::features(const NicInPlan& in, bool four_addr_is_ours) const {
  // Turned on by somebody else: not ours to turn off, so not a feature of ours.
  const bool foreign = in.uplink.wireless->four_addr && !four_addr_is_ours;
  if (foreign) return {Feature::datapath, Feature::bridge};
  return {Feature::four_addr, Feature::datapath, Feature::bridge};
}

Actions FourAddrPlanner::own_steps(const NicInPlan& in) const {
  return bridged_port_steps(in, /*translate=*/false);
}

}  // namespace airtap
