// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/if_name.h"

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
    return fail("interface name '" + std::string(text) + "' has " + std::to_string(text.size()) +
                    " characters",
                "use at most " + std::to_string(max_length));
  if (text == "." || text == ".." || std::ranges::any_of(text, forbidden))
    return fail("'" + std::string(text) + "' is not an interface name",
                "no '/', ':', '%' or white space");
  return IfName(std::string(text));
}

}  // namespace airtap
