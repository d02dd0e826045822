// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Frames, built byte by byte by functions that know nothing of the datapath's own headers.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace airtap::test {

using Frame = std::vector<std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;

inline constexpr Mac broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
inline constexpr Mac no_mac{};

// What stands for whom in every test.
inline constexpr Mac station{0x02, 0, 0, 0, 0, 0x01};
inline constexpr Mac lan_mac{0x02, 0, 0, 0, 0, 0x64};
inline constexpr Mac guest_mac(unsigned id) {
  return {0x52, 0x54, 0, 0, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
}

inline constexpr std::uint16_t type_ipv4 = 0x0800, type_arp = 0x0806, type_ipv6 = 0x86dd;
inline constexpr std::uint8_t udp_protocol = 17, icmpv6_protocol = 58;

/// 4 or 16 bytes in network order.
Frame ip(const std::string& text);

Frame operator+(Frame left, const Frame& right);
Frame bytes(std::initializer_list<unsigned> values);
Frame be16(unsigned value);
Frame from_mac(const Mac& mac);

Frame ethernet(const Mac& to, const Mac& from, unsigned type, const Frame& payload);

Frame arp(unsigned operation, const Mac& sender, const std::string& sender_ip, const Mac& target,
          const std::string& target_ip);

struct Ipv4 {
  std::string from, to;
  std::uint8_t protocol = udp_protocol;
  std::uint16_t fragment = 0;  ///< flags and offset
  Frame options;               ///< a multiple of 4 bytes
};
Frame ipv4(const Ipv4& header, const Frame& payload);

struct Ipv6 {
  std::string from, to;
  std::uint8_t next = udp_protocol;
  std::uint8_t hop_limit = 255;
};
Frame ipv6(const Ipv6& header, const Frame& payload);

/// With the checksum of the addresses' family.
Frame udp(const std::string& from, const std::string& to, unsigned source_port,
          unsigned destination_port, const Frame& payload);
Frame icmpv6(const std::string& from, const std::string& to, unsigned type, const Frame& body);
/// A link-layer address option (RFC 4861, 4.6.1).
Frame nd_option(unsigned type, const Mac& mac);
/// Body of a neighbour solicitation or advertisement.
Frame nd_body(const std::string& target, const Frame& options);
/// BOOTP up to chaddr, padded to 240 bytes and a DHCP magic.
Frame bootp(unsigned operation, unsigned flags, const Mac& chaddr,
            const std::string& ciaddr = "0.0.0.0");

/// Sum over pseudo header and payload; 0 for a packet whose checksum is right.
std::uint16_t l4_checksum(const std::string& from, const std::string& to, unsigned protocol,
                          const Frame& payload);

/// A whole frame around UDP, in whichever family the addresses are.
Frame udp_frame(const Mac& to_mac, const Mac& from_mac, const std::string& from,
                const std::string& to, unsigned source_port, unsigned destination_port,
                const Frame& payload = Frame(26, 0x61));

}  // namespace airtap::test
