// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A name that the kernel accepts for a network interface: 1 to 15 bytes, no '/', ':' or white
// space, not "." or ".." (net/core/dev.c, dev_valid_name), and no '%', which would be a pattern.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace airtap {

class IfName {
 public:
  static constexpr std::size_t max_length = 15;

  IfName() = default;
  static Result<IfName> parse(std::string_view text);

  const std::string& text() const { return text_; }
  const char* c_str() const { return text_.c_str(); }
  bool empty() const { return text_.empty(); }

  auto operator<=>(const IfName&) const = default;

 private:
  explicit IfName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace airtap
