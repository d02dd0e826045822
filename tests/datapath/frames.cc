// SPDX-License-Identifier: LGPL-2.1-or-later
#include "datapath/frames.h"

#include <arpa/inet.h>

#include <stdexcept>

namespace airtap::test {
namespace {

std::uint16_t fold(const Frame& data) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < data.size(); i += 2) {
    sum += static_cast<std::uint32_t>(data[i] << 8 | (i + 1 < data.size() ? data[i + 1] : 0));
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put16(Frame& frame, std::size_t at, unsigned value) {
  frame[at] = static_cast<std::uint8_t>(value >> 8);
  frame[at + 1] = static_cast<std::uint8_t>(value);
}

}  // namespace

Frame ip(const std::string& text) {
  const bool v6 = text.find(':') != std::string::npos;
  Frame address(v6 ? 16 : 4);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), address.data()) != 1) {
    throw std::invalid_argument(text);
  }
  return address;
}

Frame operator+(Frame left, const Frame& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Frame bytes(std::initializer_list<unsigned> values) {
  Frame frame;
  for (const unsigned value : values) frame.push_back(static_cast<std::uint8_t>(value));
  return frame;
}

Frame be16(unsigned value) { return bytes({value >> 8 & 0xff, value & 0xff}); }

Frame from_mac(const Mac& mac) { return Frame(mac.begin(), mac.end()); }

Frame ethernet(const Mac& to, const Mac& from, unsigned type, const Frame& payload) {
  return from_mac(to) + from_mac(from) + be16(type) + payload;
}

Frame arp(unsigned operation, const Mac& sender, const std::string& sender_ip, const Mac& target,
          const std::string& target_ip) {
  return bytes({0, 1, 8, 0, 6, 4}) + be16(operation) + from_mac(sender) + ip(sender_ip) +
         from_mac(target) + ip(target_ip);
}

Frame ipv4(const Ipv4& header, const Frame& payload) {
  const auto words = static_cast<unsigned>(5 + header.options.size() / 4);
  Frame frame = bytes({0x40 | words, 0}) + be16(static_cast<unsigned>(words * 4 + payload.size())) +
                be16(1) + be16(header.fragment) + bytes({64, header.protocol, 0, 0}) +
                ip(header.from) + ip(header.to) + header.options;
  put16(frame, 10, fold(frame));
  return frame + payload;
}

Frame ipv6(const Ipv6& header, const Frame& payload) {
  return bytes({0x60, 0, 0, 0}) + be16(static_cast<unsigned>(payload.size())) +
         bytes({header.next, header.hop_limit}) + ip(header.from) + ip(header.to) + payload;
}

std::uint16_t l4_checksum(const std::string& from, const std::string& to, unsigned protocol,
                          const Frame& payload) {
  return fold(ip(from) + ip(to) + be16(protocol) + be16(static_cast<unsigned>(payload.size())) +
              payload);
}

Frame udp(const std::string& from, const std::string& to, unsigned source_port,
          unsigned destination_port, const Frame& payload) {
  Frame frame = be16(source_port) + be16(destination_port) +
                be16(static_cast<unsigned>(payload.size() + 8)) + be16(0) + payload;
  const unsigned sum = l4_checksum(from, to, udp_protocol, frame);
  put16(frame, 6, sum ? sum : 0xffff);
  return frame;
}

Frame icmpv6(const std::string& from, const std::string& to, unsigned type, const Frame& body) {
  Frame frame = bytes({type, 0, 0, 0}) + body;
  put16(frame, 2, l4_checksum(from, to, icmpv6_protocol, frame));
  return frame;
}

Frame nd_option(unsigned type, const Mac& mac) { return bytes({type, 1}) + from_mac(mac); }

Frame nd_body(const std::string& target, const Frame& options) {
  return bytes({0, 0, 0, 0}) + ip(target) + options;
}

Frame bootp(unsigned operation, unsigned flags, const Mac& chaddr, const std::string& ciaddr) {
  Frame frame = bytes({operation, 1, 6, 0, 1, 2, 3, 4, 0, 0}) + be16(flags) + ip(ciaddr) +
                Frame(12, 0) + from_mac(chaddr);
  frame.resize(236, 0);
  return frame + bytes({0x63, 0x82, 0x53, 0x63, 0xff, 0, 0, 0});
}

Frame udp_frame(const Mac& to_mac, const Mac& from_mac, const std::string& from,
                const std::string& to, unsigned source_port, unsigned destination_port,
                const Frame& payload) {
  const Frame datagram = udp(from, to, source_port, destination_port, payload);
  const bool v6 = from.find(':') != std::string::npos;
  return v6 ? ethernet(to_mac, from_mac, type_ipv6, ipv6({from, to}, datagram))
            : ethernet(to_mac, from_mac, type_ipv4, ipv4({from, to}, datagram));
}

}  // namespace airtap::test
