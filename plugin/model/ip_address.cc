// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace airtap {

namespace {
constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  std::array<std::uint8_t, 16> raw{};
  if (inet_pton(AF_INET, terminated.c_str(), raw.data()) == 1)
    return from_bytes(std::span(raw).first(4));
  if (inet_pton(AF_INET6, terminated.c_str(), raw.data()) == 1) return from_bytes(raw);
  return fail("'" + terminated + "' is not an IP address");
}

Result<IpAddress> IpAddress::from_bytes(std::span<const std::uint8_t> network_order) {
  IpAddress address;
  if (network_order.size() == 16) {
    std::ranges::copy(network_order, address.bytes.begin());
    return address;
  }
  if (network_order.size() != 4) return fail("an IP address has 4 or 16 bytes");
  std::ranges::copy(v4_prefix, address.bytes.begin());
  std::ranges::copy(network_order, address.bytes.begin() + v4_prefix.size());
  return address;
}

bool IpAddress::is_v4() const {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());
}

bool IpAddress::is_zero() const {
  return std::ranges::all_of(
      is_v4() ? std::span<const std::uint8_t>(v4_bytes()) : std::span<const std::uint8_t>(bytes),
      [](std::uint8_t byte) { return byte == 0; });
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool v4 = is_v4();
  const void* from = v4 ? bytes.data() + v4_prefix.size() : bytes.data();
  inet_ntop(v4 ? AF_INET : AF_INET6, from, buffer.data(), buffer.size());
  return buffer.data();
}

}  // namespace airtap
