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

// Offsets in an Ethernet frame without a tag.
inline constexpr std::size_t ethertype_at = 12;
inline constexpr std::size_t network_at = ETH_HLEN;
inline constexpr std::size_t arp_operation_at = network_at + 6;
inline constexpr std::size_t arp_sender_mac_at = network_at + 8;
inline constexpr std::size_t arp_sender_ip_at = network_at + 14;
inline constexpr std::size_t arp_target_ip_at = network_at + 24;
inline constexpr std::size_t arp_end = network_at + 28;
inline constexpr std::size_t ip6_next_header_at = network_at + 6;
inline constexpr std::size_t ip6_hop_limit_at = network_at + 7;
inline constexpr std::size_t ip6_source_at = network_at + 8;
inline constexpr std::size_t ip6_destination_at = network_at + 24;
inline constexpr std::size_t ip6_end = network_at + 40;

inline void set16(Bytes& frame, std::size_t at, unsigned value) {
  frame[at] = static_cast<std::byte>(value >> 8);
  frame[at + 1] = static_cast<std::byte>(value & 0xff);
}

/// The Internet checksum (RFC 1071) of an even number of bytes, on top of `sum`.
inline unsigned checksum(std::span<const std::byte> bytes, unsigned sum = 0) {
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) sum += get16(bytes, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
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

/// Head of a neighbour discovery message (RFC 4861, 4) to a group.
struct NdHeader {
  std::uint8_t type, flags;
  MacAddress mac;
  IpAddress source, group;
};

/// Ethernet, IPv6 and ICMPv6 around `target` (empty for a router solicitation) and one link-layer
/// address option with the sender's MAC.
inline Bytes nd_frame(const NdHeader& header, std::span<const std::uint8_t> target,
                      std::uint8_t option) {
  constexpr std::uint8_t icmp6 = 58, hop_limit = 255;
  const auto length = static_cast<unsigned>(8 + target.size() + 8);
  Bytes frame;
  // The group's Ethernet address: RFC 2464, 7.
  put(frame, std::array<std::uint8_t, 2>{0x33, 0x33});
  put(frame, std::span(header.group.bytes).last<4>());
  put(frame, header.mac.bytes);
  put16(frame, ETH_P_IPV6);
  put(frame, std::array<std::uint8_t, 4>{0x60, 0, 0, 0});
  put16(frame, length);
  put(frame, std::array<std::uint8_t, 2>{icmp6, hop_limit});
  put(frame, header.source.bytes);
  put(frame, header.group.bytes);
  put(frame, std::array<std::uint8_t, 8>{header.type, 0, 0, 0, header.flags, 0, 0, 0});
  put(frame, target);
  put(frame, std::array<std::uint8_t, 2>{option, 1});
  put(frame, header.mac.bytes);
  // RFC 4443, 2.3: over the pseudo-header (source, destination, length, next header), too.
  set16(frame, ip6_end + 2, checksum(std::span(frame).subspan(ip6_source_at), length + icmp6));
  return frame;
}

}  // namespace airtap::frame_bytes
