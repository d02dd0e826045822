// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What each mode has to say about a NIC: whether it can work, what it shares with other guests, and
// its own steps. One file a mode implements it; mode_table.cc lists them.
#pragma once

#include <vector>

#include "config/config.h"
#include "model/guest_nic.h"
#include "model/plan.h"
#include "model/uplink_facts.h"

namespace airtap {

struct NicInPlan {
  const GuestNic& nic;
  IfName target;
  unsigned id = 0;
  unsigned address_quota = 0;
  unsigned mtu = 0;
  const UplinkFacts& uplink;
  const HostFacts& facts;
  const Config& config;
  /// Guests' stations that are on the uplink's radio besides this one.
  unsigned stations = 0;
};

class ModePlanner {
 public:
  virtual ~ModePlanner() = default;
  /// Refuses what cannot work, with the reason and a way out.
  virtual Result<> check(const NicInPlan& in) const = 0;
  /// In the order in which they must be made. `four_addr_is_ours`: airtap itself turned it on.
  virtual std::vector<Feature> features(const NicInPlan& in, bool four_addr_is_ours) const = 0;
  virtual Actions own_steps(const NicInPlan& in) const = 0;
};

const ModePlanner& planner_of(Mode mode);

// Pieces that modes have in common.

/// A TAP on our bridge (made by us or, unmanaged by us, by libvirt), registered with the datapath.
Actions bridged_port_steps(const NicInPlan& in, bool translate);
/// Errors unless the uplink is free of a bridge or bond.
Result<> check_not_enslaved(const NicInPlan& in);

/// How a shared feature is made on an uplink.
Result<Actions> feature_steps(Feature feature, const UplinkFacts& uplink);

}  // namespace airtap
