// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/mac_address.h"

#include <fmt/format.h>

#include <charconv>

namespace airtap {

Result<MacAddress> MacAddress::parse(std::string_view text) {
  const auto bad = [&] {
    return fail(fmt::format("'{}' is not a MAC address", text),
                "write six hexadecimal bytes: 52:54:00:12:34:56");
  };
  if (text.size() != 17) return bad();
  MacAddress mac;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
    const char* first = text.data() + i * 3;
    if (i > 0 && first[-1] != ':') return bad();
    const auto [end, error] = std::from_chars(first, first + 2, mac.bytes[i], 16);
    if (error != std::errc{} || end != first + 2) return bad();
  }
  return mac;
}

std::string MacAddress::text() const { return fmt::format("{:02x}", fmt::join(bytes, ":")); }

}  // namespace airtap
