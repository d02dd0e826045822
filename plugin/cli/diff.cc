// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace airtap {

namespace {

using Lines = std::vector<std::string>;

struct Edit {
  char mark;  ///< ' ' in both, '-' before only, '+' after only
  std::string line;
};

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

/// Along a longest common subsequence. Definitions have some hundred lines, so a table will do.
std::vector<Edit> edits(const Lines& a, const Lines& b) {
  std::vector<std::vector<unsigned>> common(a.size() + 1, std::vector<unsigned>(b.size() + 1));
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t j = b.size(); j-- > 0;)
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<Edit> found;
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      found.push_back({' ', a[i++]});
      ++j;
    } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
      found.push_back({'-', a[i++]});
    } else {
      found.push_back({'+', b[j++]});
    }
  }
  return found;
}

/// One past the last edit that belongs to the hunk of the change at `from`.
std::size_t end_of_hunk(const std::vector<Edit>& all, std::size_t from, std::size_t context) {
  std::size_t last_change = from;
  for (std::size_t i = from; i < all.size() && i <= last_change + 2 * context; ++i)
    if (all[i].mark != ' ') last_change = i;
  return std::min(all.size(), last_change + context + 1);
}

}  // namespace

std::string unified_diff(const std::string& before, const std::string& after,
                         const std::string& name) {
  constexpr std::size_t context = 3;
  const auto all = edits(lines_of(before), lines_of(after));
  std::string text;
  std::size_t line_before = 0, line_after = 0, done = 0;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all[at].mark == ' ') continue;
    const std::size_t begin = std::max(done, at > context ? at - context : 0);
    const std::size_t end = end_of_hunk(all, at, context);
    line_before += begin - done;
    line_after += begin - done;
    std::size_t count_before = 0, count_after = 0;
    std::string hunk;
    for (std::size_t i = begin; i < end; ++i) {
      hunk += all[i].mark + all[i].line + "\n";
      if (all[i].mark != '+') ++count_before;
      if (all[i].mark != '-') ++count_after;
    }
    if (text.empty()) text = fmt::format("--- {0}\n+++ {0}\n", name);
    text += fmt::format("@@ -{},{} +{},{} @@\n{}", line_before + 1, count_before, line_after + 1,
                        count_after, hunk);
    line_before += count_before;
    line_after += count_after;
    done = at = end;
  }
  return text;
}

}  // namespace airtap
