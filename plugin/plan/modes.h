// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The planners, one a mode; mode_NAME.cc explains each.
#pragma once

#include "plan/mode.h"

namespace airtap {

#define AIRTAP_DECLARE_PLANNER(Name)                                                           \
  class Name final : public ModePlanner {                                                      \
   public:                                                                                     \
    Result<> check(const NicInPlan& in) const override;                                        \
    std::vector<Feature> features(const NicInPlan& in, bool four_addr_is_ours) const override; \
    Actions own_steps(const NicInPlan& in) const override;                                     \
  }

AIRTAP_DECLARE_PLANNER(MacnatPlanner);
AIRTAP_DECLARE_PLANNER(FourAddrPlanner);
AIRTAP_DECLARE_PLANNER(IpvtapPlanner);
AIRTAP_DECLARE_PLANNER(BridgePlanner);
AIRTAP_DECLARE_PLANNER(IpvlanPlanner);
AIRTAP_DECLARE_PLANNER(StationPlanner);

#undef AIRTAP_DECLARE_PLANNER

}  // namespace airtap
