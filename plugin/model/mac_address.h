// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A 48-bit Ethernet address. No std::string MAC crosses a folder of this project.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace airtap {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  /// Accepts six two-digit hexadecimal groups separated by ':' (what libvirt writes), any case.
  static Result<MacAddress> parse(std::string_view text);
  /// Lower case, ':' between the bytes.
  std::string text() const;

  bool is_zero() const { return bytes == std::array<std::uint8_t, 6>{}; }
  /// The group bit of the first byte (IEEE 802, 9.2.3): broadcast and multicast.
  bool is_group() const { return (bytes[0] & 1) != 0; }

  auto operator<=>(const MacAddress&) const = default;
};

}  // namespace airtap
