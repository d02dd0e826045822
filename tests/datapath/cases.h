// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One frame into one program, and what must come of it. The same list runs against the programs as
// user code and against what the kernel loaded: adding a case adds no code.
//
// The world they run in: guest 1 a TAP, 2 an untranslated TAP, 3 an ipvtap, 4 a TAP that may serve,
// each holding 10.0.0.1<id> and fd00::1<id>.
#pragma once

#include <string>
#include <vector>

#include "datapath/frames.h"

namespace airtap::test {

enum class Verdict : std::uint32_t { on = 0xffffffffU, drop = 2, redirect = 7 };

struct Case {
  std::string what;  ///< what would be broken
  std::string program;
  unsigned device = 0;  ///< guest id whose device it is on, 0 for the uplink
  Frame in;
  Verdict verdict = Verdict::drop;
  Frame out;                ///< empty: as it was
  std::string drop_reason;  ///< checked in user space
  std::uint32_t mark = 0, mark_after = 0;
};

std::vector<Case> all_cases();

}  // namespace airtap::test
