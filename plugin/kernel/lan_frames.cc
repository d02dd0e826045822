// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pure half of lan_probe: what is asked, and what is learned from what comes back.
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "kernel/frame_bytes.h"
#include "kernel/lan_probe.h"

namespace airtap {

namespace {

using namespace frame_bytes;

constexpr std::size_t ip4_destination_at = network_at + 16;
constexpr std::size_t ip4_end = network_at + 20;

// RFC 2131, 2: offsets in the DHCP message, which follows IP (without options) and UDP.
constexpr std::size_t dhcp_at = ip4_end + 8;
constexpr std::size_t dhcp_xid_at = dhcp_at + 4;
constexpr std::size_t dhcp_offered_at = dhcp_at + 16;
constexpr std::size_t dhcp_client_at = dhcp_at + 28;
constexpr std::size_t dhcp_end = dhcp_at + 236;
constexpr unsigned server_port = 67, client_port = 68;
constexpr std::uint8_t dhcp_reply = 2;

std::uint8_t byte_at(std::span<const std::byte> frame, std::size_t at) {
  return std::to_integer<std::uint8_t>(frame[at]);
}

bool to_group(std::span<const std::byte> frame) { return (byte_at(frame, 0) & 1) != 0; }

/// The network layer says "a group", whatever the Ethernet header says.
bool is_for_group(std::span<const std::byte> frame) {
  const unsigned type = get16(frame, ethertype_at);
  if (type == ETH_P_IP && frame.size() >= ip4_end) {
    const unsigned first = byte_at(frame, ip4_destination_at);
    return first >= 224;  // multicast, and 255.255.255.255
  }
  return type == ETH_P_IPV6 && frame.size() >= ip6_end &&
         byte_at(frame, ip6_destination_at) == 0xff;
}

bool is_offer(const LanQuestion& question, std::span<const std::byte> frame) {
  std::array<std::uint8_t, 4> xid{};
  for (std::size_t i = 0; i < 4; ++i)
    xid[i] = static_cast<std::uint8_t>(question.xid >> (24 - 8 * i));
  return frame.size() >= dhcp_end && get16(frame, ethertype_at) == ETH_P_IP &&
         byte_at(frame, network_at) == 0x45 && byte_at(frame, network_at + 9) == IPPROTO_UDP &&
         get16(frame, ip4_end) == server_port && get16(frame, ip4_end + 2) == client_port &&
         byte_at(frame, dhcp_at) == dhcp_reply && holds(frame, dhcp_xid_at, xid) &&
         holds(frame, dhcp_client_at, question.client.bytes);
}

void hear_arp(const LanQuestion& question, std::span<const std::byte> frame, LanAnswers& answers) {
  if (frame.size() < arp_end || !holds(frame, network_at, arp_for_ipv4)) return;
  MacAddress sender;
  for (std::size_t i = 0; i < sender.bytes.size(); ++i)
    sender.bytes[i] = byte_at(frame, arp_sender_mac_at + i);
  const bool host_has_address =
      !std::ranges::all_of(question.host.v4_bytes(), [](std::uint8_t byte) { return byte == 0; });
  if (host_has_address && holds(frame, arp_sender_ip_at, question.host.v4_bytes())) {
    if (sender == question.station)
      answers.proxy_arp = true;
    else
      answers.address_conflict = sender;
  }
  if (answers.offered && holds(frame, arp_sender_ip_at, question.gateway.v4_bytes()) &&
      holds(frame, arp_target_ip_at, answers.offered->v4_bytes()))
    answers.second_address_answered = true;
}

}  // namespace

std::vector<std::byte> LanQuestion::discover() const {
  Bytes frame;
  put(frame, MacBytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  put(frame, station.bytes);
  put16(frame, ETH_P_IP);
  put(frame, std::array<std::uint8_t, 12>{0x45, 0, 0, 0, 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0});
  put_zeros(frame, 4);
  put(frame, std::array<std::uint8_t, 4>{255, 255, 255, 255});
  put16(frame, client_port);
  put16(frame, server_port);
  put_zeros(frame, 4);  // length below; no checksum, RFC 768
  put(frame, std::array<std::uint8_t, 4>{1, 1, 6, 0});
  put16(frame, xid >> 16);
  put16(frame, xid & 0xffff);
  put16(frame, 0);
  put16(frame, 0x8000);  // answer by broadcast
  put_zeros(frame, 16);
  put(frame, client.bytes);
  put_zeros(frame, 10 + 64 + 128);
  // Magic cookie, DHCPDISCOVER, client identifier, parameters, end.
  put(frame, std::array<std::uint8_t, 10>{99, 130, 83, 99, 53, 1, 1, 61, 7, 1});
  put(frame, client.bytes);
  put(frame, std::array<std::uint8_t, 6>{55, 3, 1, 3, 6, 255});
  put_zeros(frame, 60);  // a BOOTP message has 300 bytes at least
  set16(frame, network_at + 2, static_cast<unsigned>(frame.size() - network_at));
  set16(frame, ip4_end + 4, static_cast<unsigned>(frame.size() - ip4_end));
  set16(frame, network_at + 10, checksum(std::span(frame).subspan(network_at, 20)));
  return frame;
}

std::vector<std::byte> LanQuestion::ask_for_host() const {
  IpAddress nobody{};
  nobody.bytes[10] = nobody.bytes[11] = 0xff;
  return arp_request_frame(station, nobody, host);
}

std::vector<std::byte> LanQuestion::ask_gateway_from(const IpAddress& address) const {
  return arp_request_frame(station, address, gateway);
}

std::vector<std::byte> LanQuestion::solicit_router(const IpAddress& link_local) const {
  constexpr IpAddress all_routers{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
  return nd_frame({ND_ROUTER_SOLICIT, 0, station, link_local, all_routers}, {},
                  ND_OPT_SOURCE_LINKADDR);
}

void hear(const LanQuestion& question, std::span<const std::byte> frame, LanAnswers& answers) {
  if (frame.size() < ETH_HLEN) return;
  if (get16(frame, ethertype_at) == ETH_P_ARP) return hear_arp(question, frame, answers);
  if (is_for_group(frame)) {
    // One that was turned is enough; an access point may leave others alone.
    if (!to_group(frame))
      answers.multicast_to_unicast = true;
    else if (!answers.multicast_to_unicast)
      answers.multicast_to_unicast = false;
  }
  if (is_offer(question, frame) && !answers.offered) {
    IpAddress offered{};
    offered.bytes[10] = offered.bytes[11] = 0xff;
    for (std::size_t i = 0; i < 4; ++i) offered.bytes[12 + i] = byte_at(frame, dhcp_offered_at + i);
    answers.offered = offered;
  }
}

}  // namespace airtap
