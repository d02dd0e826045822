// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One set of interfaces that a radio can have at the same time.
#pragma once

#include <string>
#include <vector>

namespace airtap {

struct InterfaceCombination {
  struct Limit {
    unsigned most = 0;
    std::vector<std::string> types;  ///< as `iw phy` calls them
    bool operator==(const Limit&) const = default;
  };
  std::vector<Limit> limits;
  unsigned most = 0;
  unsigned channels = 0;
  bool operator==(const InterfaceCombination&) const = default;
};

}  // namespace airtap
