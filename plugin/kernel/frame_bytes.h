// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Writing and reading frames byte by byte, in network order. For the few frames airtap sends
// itself; readers check the length before they ask for an offset.
#pragma once

#include <linux/if_ether.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/ip_address.h"
#include "model/mac_address.h"

namespace airtap::frame_bytes {

using Bytes = std::vector<std::byte>;

inline void put16(Bytes& frame, unsigned value) {
  frame.push_back(static_cast<std::byte>((value >> 8) & 0xff));
  frame.push_back(static_cast<std::byte>(value & 0xff));
}
inline void put(Bytes& frame, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) frame.push_back(static_cast<std::byte>(byte));
}
inline void put_zeros(Bytes& frame, std::size_t count) {
  frame.insert(frame.end(), count, std::byte{0});
}

inline unsigned get16(std::span<const std::byte> frame, std::size_t offset) {
  return std::to_integer<unsigned>(frame[offset]) << 8 |
         std::to_integer<unsigned>(frame[offset + 1]);
}
inline bool holds(std::span<const std::byte> frame, std::size_t offset,
                  std::span<const std::uint8_t> bytes) {
  return std::ranges::equal(frame.subspan(offset, bytes.size()), bytes, {},
                            [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
}

/// What an ARP packet for IPv4 over Ethernet starts with.
inline constexpr std::array<std::uint8_t, 6> arp_for_ipv4{0, 1, 8, 0, 6, 4};
inline constexpr unsigned arp_request = 1;

using MacBytes = std::array<std::uint8_t, 6>;

inline Bytes arp_request_frame(const MacAddress& mac, const IpAddress& sender,
                               const IpAddress& target) {
  Bytes frame;
  put(frame, MacBytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  put(frame, mac.bytes);
  put16(frame, ETH_P_ARP);
  put(frame, arp_for_ipv4);
  put16(frame, arp_request);
  put(frame, mac.bytes);
  put(frame, sender.v4_bytes());
  put_zeros(frame, 6);
  put(frame, target.v4_bytes());
  return frame;
}

}  // namespace airtap::frame_bytes
