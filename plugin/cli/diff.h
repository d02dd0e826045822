// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace airtap {

/// What `diff -u` prints of two texts, three lines of context; empty when they are equal.
std::string unified_diff(const std::string& before, const std::string& after,
                         const std::string& name);

}  // namespace airtap
