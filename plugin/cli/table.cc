// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/table.h"

#include <algorithm>

namespace airtap {

std::string text_of(const Table& table) {
  std::vector<std::size_t> widths(table.empty() ? 0 : table.front().size(), 1);
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string cell = row[i].empty() ? "-" : row[i];
      if (i + 1 < row.size()) cell.resize(widths[i] + 2, ' ');
      line += cell;
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace airtap
