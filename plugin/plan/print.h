// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A plan for people: what `airtap plan` prints, what golden tests compare and what goes into a bug
// report. The commands are the nearest a person could type; airtap itself runs none of them.
#pragma once

#include <string>
#include <vector>

#include "model/plan.h"

namespace airtap {

std::string_view to_text(Feature feature);

/// One action as `ip`, `iw`, `tc`, `bpftool` command lines.
std::vector<std::string> commands(const Action& action);

/// Several lines, each ended by '\n'.
std::string plan_text(const std::string& domain_name, const Plan& plan);

}  // namespace airtap
