// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a network of ours needs while it runs, and what it makes of a guest's port. Pure.
#pragma once

#include <vector>

#include "config/config.h"
#include "model/guest_nic.h"
#include "model/network.h"
#include "model/plan.h"
#include "model/uplink_facts.h"

namespace airtap {

/// What no state of the host could make work.
Result<> check_network(const Network& network, const Config& config);

/// Bridge and datapath of its uplink, so that libvirt finds the bridge. Carrier is not needed:
/// libvirt starts networks at boot. 4-address frames wait for the first guest: they would be tried
/// at the host's expense. ENODEV: the uplink is not there.
Result<Plan> plan_network(const Network& network, const HostFacts& facts, const Config& config,
                          const std::vector<UplinkInUse>& in_use);

/// The port as a NIC for plan_attach(), at Stage::start.
GuestNic nic_of(const Network& network, const NetworkPort& port);

/// What the guest behind `known` gets besides, once libvirt has made its TAP.
Actions plan_port_tap(const RegisterGuest& known, const IfName& tap);

}  // namespace airtap
