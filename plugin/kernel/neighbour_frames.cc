// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pure half of NeighbourReach.
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "kernel/frame_bytes.h"
#include "kernel/neighbour_reach.h"

namespace airtap {

namespace {

using namespace frame_bytes;

// Offsets in an Ethernet frame, and what an IPv4-over-Ethernet ARP packet starts with.
constexpr std::size_t ethertype_at = 12;
constexpr std::size_t arp_at = ETH_HLEN;
constexpr std::size_t arp_operation_at = arp_at + 6;
constexpr std::size_t arp_sender_ip_at = arp_at + 14;
constexpr std::size_t arp_target_ip_at = arp_at + 24;
constexpr std::size_t arp_end = arp_at + 28;
constexpr unsigned arp_reply = 2;

constexpr std::size_t ip6_at = ETH_HLEN;
constexpr std::size_t ip6_next_header_at = ip6_at + 6;
constexpr std::size_t ip6_hop_limit_at = ip6_at + 7;
constexpr std::size_t ip6_source_at = ip6_at + 8;
constexpr std::size_t ip6_destination_at = ip6_at + 24;
constexpr std::size_t icmp6_at = ip6_at + 40;
constexpr std::size_t icmp6_checksum_at = icmp6_at + 2;
constexpr std::size_t advertisement_flags_at = icmp6_at + 4;
constexpr std::size_t target_at = icmp6_at + 8;
constexpr std::size_t target_end = target_at + 16;
constexpr std::uint8_t advertisement_solicited = 0x40;
/// Solicitation or advertisement: target and one link-layer address option.
constexpr unsigned nd_message_length = 32;
constexpr std::uint8_t advertisement_override = 0x20;

/// RFC 4443, 2.3: over the pseudo-header (source, destination, length, next header) and the
/// message.
unsigned icmp6_checksum(std::span<const std::byte> frame) {
  unsigned sum = nd_message_length + IPPROTO_ICMPV6;
  for (std::size_t at = ip6_source_at; at + 1 < frame.size(); at += 2) sum += get16(frame, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

struct NdMessage {
  std::uint8_t type, flags, option;
  MacAddress mac;
  IpAddress source, group, target;
};

Bytes nd_frame(const NdMessage& message) {
  Bytes frame;
  // The group's Ethernet address: RFC 2464, 7.
  put(frame, std::array<std::uint8_t, 2>{0x33, 0x33});
  put(frame, std::span(message.group.bytes).last<4>());
  put(frame, message.mac.bytes);
  put16(frame, ETH_P_IPV6);
  put(frame, std::array<std::uint8_t, 4>{0x60, 0, 0, 0});
  put16(frame, nd_message_length);
  put(frame, std::array<std::uint8_t, 2>{IPPROTO_ICMPV6, 255});
  put(frame, message.source.bytes);
  put(frame, message.group.bytes);
  put(frame, std::array<std::uint8_t, 2>{message.type, 0});
  put_zeros(frame, 2);
  put(frame, std::array<std::uint8_t, 4>{message.flags, 0, 0, 0});
  put(frame, message.target.bytes);
  put(frame, std::array<std::uint8_t, 2>{message.option, 1});
  put(frame, message.mac.bytes);
  const unsigned checksum = icmp6_checksum(frame);
  frame[icmp6_checksum_at] = static_cast<std::byte>(checksum >> 8);
  frame[icmp6_checksum_at + 1] = static_cast<std::byte>(checksum & 0xff);
  return frame;
}

Bytes solicitation_frame(const NeighbourQuestion& question) {
  // The solicited-node group ff02::1:ffXX:XXXX (RFC 4291, 2.7.1).
  IpAddress group{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};
  std::ranges::copy(std::span(question.neighbour.bytes).last<3>(), group.bytes.begin() + 13);
  return nd_frame({ND_NEIGHBOR_SOLICIT, 0, ND_OPT_SOURCE_LINKADDR, question.station,
                   question.source, group, question.neighbour});
}

bool same_network(const HostAddress& host, const IpAddress& neighbour) {
  // IPv4 sits in the last 32 of the 128 bits.
  unsigned bits = std::min(host.prefix_length, 32U) + 96;
  for (std::size_t index = 0; bits > 0; ++index) {
    const unsigned here = std::min(bits, 8U);
    const unsigned mask = 0xffU << (8 - here) & 0xffU;
    if (((host.address.bytes[index] ^ neighbour.bytes[index]) & mask) != 0) return false;
    bits -= here;
  }
  return true;
}

bool is_link_local(const IpAddress& address) {
  return address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
}

}  // namespace

std::vector<std::byte> NeighbourQuestion::frame() const {
  return neighbour.is_v4() ? arp_request_frame(station, source, neighbour)
                           : solicitation_frame(*this);
}

std::vector<std::byte> announcement_frame(const Announcement& announcement) {
  const auto& [address, mac, audience] = announcement;
  if (address.is_v4()) return arp_request_frame(mac, address, address);
  constexpr IpAddress all_nodes{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return nd_frame({ND_NEIGHBOR_ADVERT, advertisement_override, ND_OPT_TARGET_LINKADDR, mac, address,
                   all_nodes, address});
}

bool NeighbourQuestion::answered_by(std::span<const std::byte> frame) const {
  if (neighbour.is_v4())
    return frame.size() >= arp_end && get16(frame, ethertype_at) == ETH_P_ARP &&
           holds(frame, arp_at, arp_for_ipv4) && get16(frame, arp_operation_at) == arp_reply &&
           holds(frame, arp_sender_ip_at, neighbour.v4_bytes()) &&
           holds(frame, arp_target_ip_at, source.v4_bytes());
  return frame.size() >= target_end && get16(frame, ethertype_at) == ETH_P_IPV6 &&
         std::to_integer<unsigned>(frame[ip6_next_header_at]) == IPPROTO_ICMPV6 &&
         std::to_integer<unsigned>(frame[ip6_hop_limit_at]) == 255 &&
         holds(frame, ip6_destination_at, source.bytes) &&
         std::to_integer<unsigned>(frame[icmp6_at]) == ND_NEIGHBOR_ADVERT &&
         (std::to_integer<unsigned>(frame[advertisement_flags_at]) & advertisement_solicited) !=
             0 &&
         holds(frame, target_at, neighbour.bytes);
}

std::optional<IpAddress> source_for(const std::vector<HostAddress>& addresses, int ifindex,
                                    const IpAddress& neighbour) {
  std::optional<IpAddress> any;
  for (const HostAddress& host : addresses) {
    if (host.ifindex != ifindex || host.address.is_v4() != neighbour.is_v4()) continue;
    const bool best =
        neighbour.is_v4() ? same_network(host, neighbour) : is_link_local(host.address);
    if (best) return host.address;
    if (!any) any = host.address;
  }
  if (!any && neighbour.is_v4()) {
    IpAddress probe{};
    probe.bytes[10] = probe.bytes[11] = 0xff;
    return probe;
  }
  return any;
}

}  // namespace airtap
