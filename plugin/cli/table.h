// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace airtap {

/// Rows of equally many cells, the heading first.
using Table = std::vector<std::vector<std::string>>;

/// In columns, two blanks between them; an empty cell is '-', so that awk can count.
std::string text_of(const Table& table);

}  // namespace airtap
