// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a domain start will do, decided before anything is touched.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "model/action.h"
#include "model/mode.h"

namespace airtap {

/// Something of an uplink that its guests share: made for the first that needs it, removed with
/// the last.
enum class Feature {
  four_addr,  ///< 4-address frames
  datapath,   ///< programs on the uplink
  batman,     ///< batman-adv over a device that has no other way to carry foreign MACs
  bridge,     ///< our bridge and its veth pair
  ipvlan,     ///< what containers need besides the datapath
};

struct FeatureUse {
  IfName uplink;
  Feature feature = Feature::datapath;
  auto operator<=>(const FeatureUse&) const = default;
};

struct SharedPart {
  FeatureUse use;
  std::string wanted_by;  ///< label of the first NIC that needs it: what an error names
  Actions actions;
  bool operator==(const SharedPart&) const = default;
};

/// The decision for one NIC, for people.
struct PlannedNic {
  std::string label;
  MacAddress mac;  ///< zero: GuestNic::anonymous, or the uplink's (GuestNic::moves_away)
  IfName target;
  Mode mode = Mode::macnat;
  IfName uplink;
  unsigned id = 0;
  /// Why this mode: "asked for by metadata", "auto: station without 4-address frames", …
  std::string reason;
  bool operator==(const PlannedNic&) const = default;
};

struct Plan {
  std::vector<PlannedNic> nics;
  /// Everything shared that these NICs rely on, active already or not.
  std::vector<FeatureUse> uses;
  /// Those of `uses` that are not active yet, in the order to apply.
  std::vector<SharedPart> shared;
  /// What belongs to this domain alone, in the order to apply.
  Actions own;
  bool operator==(const Plan&) const = default;
};

/// What airtap itself has in place, from the records.
struct UplinkInUse {
  IfName uplink;
  std::vector<Feature> active;
  std::vector<unsigned> guest_ids;
  std::vector<MacAddress> guest_macs;
  std::vector<IfName> guest_devices;
  unsigned stations = 0;  ///< guests in mode station
};

}  // namespace airtap
