// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/if_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace airtap {

namespace {
bool forbidden(char c) {
  return c == '/' || c == ':' || c == '%' || c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}
}  // namespace

Result<IfName> IfName::parse(std::string_view text) {
  if (text.empty()) return fail("the interface name is empty");
  if (text.size() > max_length)
    return fail(fmt::format("interface name '{}' has {} characters", text, text.size()),
                fmt::format("use at most {}", max_length));
  if (text == "." || text == ".." || std::ranges::any_of(text, forbidden))
    return fail(fmt::format("'{}' is not an interface name", text),
                "no '/', ':', '%' or white space");
  return IfName(std::string(text));
}

}  // namespace airtap
