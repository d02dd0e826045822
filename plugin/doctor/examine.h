// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Gathers what judge() judges.
#pragma once

#include "doctor/judge.h"
#include "kernel/kernel.h"

namespace airtap {

struct DoctorRequest {
  /// Empty: the uplink that a guest without a word about it would get.
  std::string uplink;
  /// Ask the access point. Takes seconds; without 4-address frames on, turns them on and off
  /// again, which interrupts the host's traffic for a moment.
  bool probe = false;
};

/// The error says which uplinks there are when the one asked for is none.
Result<DoctorFacts> examine(Kernel kernel, const Config& config, const DoctorRequest& request);

}  // namespace airtap
