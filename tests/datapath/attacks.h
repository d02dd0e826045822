// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a hostile guest may try: guest 1 of a house where guest 2 lives as well. Each frame has to
// be dropped, for the reason given, and reach nobody.
#pragma once

#include <string>
#include <vector>

#include "datapath/frames.h"

namespace airtap::test {

struct Attack {
  std::string what;
  Frame frame;
  std::string reason;
  /// Where a bridge of the kernel comes first, it may have dropped it already.
  bool bridge_may_drop = false;
};

inline const Mac gateway_mac{0x02, 0, 0, 0, 0, 0xfe};

/// Under MACs that are not guest 1's.
std::vector<Attack> forged_macs();
std::vector<Attack> forged_claims();
std::vector<Attack> forged_sources();
/// What only a guest that may serve can send.
std::vector<Attack> servers();
std::vector<Attack> misshapen();
std::vector<Attack> other_protocols();

/// All of them but forged_macs.
std::vector<Attack> attacks();

}  // namespace airtap::test
