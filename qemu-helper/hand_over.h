// SPDX-License-Identifier: LGPL-2.1-or-later
//
// From the front, which anybody may run, to the program that makes guests of airtap, which only
// root runs.
#pragma once

#include "request.h"

namespace airtap {

/// Checks the list and becomes that program. Returns only when that cannot be done.
Result<> hand_over(const Request& request);

}  // namespace airtap
