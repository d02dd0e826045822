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

constexpr std::size_t icmp6_at = ip6_end;
constexpr std::size_t advertisement_flags_at = icmp6_at + 4;
constexpr std::size_t target_at = icmp6_at + 8;
constexpr std::size_t target_end = target_at + 16;
constexpr unsigned arp_reply = 2;
constexpr std::uint8_t advertisement_solicited = 0x40;
constexpr std::uint8_t advertisement_override = 0x20;

Bytes solicitation_frame(const NeighbourQuestion& question) {
  // The solicited-node group ff02::1:ffXX:XXXX (RFC 4291, 2.7.1).
  IpAddress group{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};
  std::ranges::copy(std::span(question.neighbour.bytes).last<3>(), group.bytes.begin() + 13);
  return nd_frame({ND_NEIGHBOR_SOLICIT, 0, question.station, question.source, group},
                  question.neighbour.bytes, ND_OPT_SOURCE_LINKADDR);
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
  return nd_frame({ND_NEIGHBOR_ADVERT, advertisement_override, mac, address, all_nodes},
                  address.bytes, ND_OPT_TARGET_LINKADDR);
}

bool NeighbourQuestion::answered_by(std::span<const std::byte> frame) const {
  if (neighbour.is_v4())
    return frame.size() >= arp_end && get16(frame, ethertype_at) == ETH_P_ARP &&
           holds(frame, network_at, arp_for_ipv4) && get16(frame, arp_operation_at) == arp_reply &&
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
