// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What this kernel can do, found by doing it: in a child process with a network namespace of its
// own, so that the host's devices are not touched and nothing is left behind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace airtap {

struct TriedFeature {
  std::string name;              ///< "tap", "ipvtap", "l2macnat", "datapath"
  std::optional<Error> refused;  ///< what the kernel said
};

/// EPERM: namespaces take root.
Result<std::vector<TriedFeature>> try_features();

}  // namespace airtap
