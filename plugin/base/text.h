// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace airtap {

/// Without what of `blanks` it begins and ends with.
inline std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace airtap
