// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/modes.h"

namespace airtap {

const ModePlanner& planner_of(Mode mode) {
  static const MacnatPlanner macnat;
  static const FourAddrPlanner four_addr;
  static const IpvtapPlanner ipvtap;
  static const BridgePlanner bridge;
  static const IpvlanPlanner ipvlan;
  static const StationPlanner station;
  switch (mode) {
    case Mode::four_addr:
      return four_addr;
    case Mode::ipvtap:
      return ipvtap;
    case Mode::bridge:
      return bridge;
    case Mode::ipvlan:
      return ipvlan;
    case Mode::station:
      return station;
    case Mode::macnat:
    case Mode::automatic:  // choose_mode() never leaves it
      break;
  }
  return macnat;
}

}  // namespace airtap
