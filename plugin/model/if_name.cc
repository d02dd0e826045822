// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/if_name.h"

#include <algorithm>

namespace airtap {

namespace {
bool forbidden(char c) {
  return c == '/' || c == ':' || c == '%' || c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

/// For messages: whoever gives a name may give one of any length.
std::string quoted(std::string_view text) {
  constexpr std::size_t enough = 40;
  return "'" + std::string(text.substr(0, enough)) + (text.size() > enough ? "…'" : "'");
}
}  // namespace

Result<IfName> IfName::parse(std::string_view text) {
  if (text.empty()) return fail("the interface name is empty");
  if (text.size() > max_length)
    return fail(
        "interface name " + quoted(text) + " has " + std::to_string(text.size()) + " characters",
        "use at most " + std::to_string(max_length));
  if (text == "." || text == ".." || std::ranges::any_of(text, forbidden))
    return fail(quoted(text) + " is not an interface name", "no '/', ':', '%' or white space");
  return IfName(std::string(text));
}

}  // namespace airtap
