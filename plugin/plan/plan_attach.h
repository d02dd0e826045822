// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The decision of a domain start: pure, no socket, no file. Every NIC is validated before a single
// action is planned, so that a refusal costs nothing.
#pragma once

#include <vector>

#include "config/config.h"
#include "model/guest_nic.h"
#include "model/plan.h"
#include "model/uplink_facts.h"

namespace airtap {

/// Devices marked managed='no' are made at `prepare`; the TAPs that libvirt makes exist, and are
/// joined, at `start`. Every NIC is validated at both. `both` is for showing the whole plan.
enum class Stage { prepare, start, both };

/// `in_use`: what the records say is in place, one entry an uplink. The error starts with the label
/// of the NIC it is about.
Result<Plan> plan_attach(const Domain& domain, Stage stage, const HostFacts& facts,
                         const Config& config, const std::vector<UplinkInUse>& in_use);

}  // namespace airtap
