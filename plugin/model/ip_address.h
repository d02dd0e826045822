// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An IPv4 or IPv6 address in one 16-byte form: IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), which is
// also the key of the datapath's address map.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace airtap {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static Result<IpAddress> parse(std::string_view text);
  /// From 4 or 16 bytes in network order; any other size is an error.
  static Result<IpAddress> from_bytes(std::span<const std::uint8_t> network_order);
  /// Dotted quad for IPv4, RFC 5952 for IPv6.
  std::string text() const;

  bool is_v4() const;
  /// The last four bytes: the IPv4 address in network order, when is_v4().
  std::span<const std::uint8_t, 4> v4_bytes() const {
    return std::span<const std::uint8_t, 16>(bytes).last<4>();
  }
  bool is_zero() const;

  auto operator<=>(const IpAddress&) const = default;
};

}  // namespace airtap
