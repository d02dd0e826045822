// SPDX-License-Identifier: LGPL-2.1-or-later
#include "datapath/attacks.h"

namespace airtap::test {
namespace {

const Mac self = guest_mac(1), other = guest_mac(2);
const std::string own = "10.0.0.11", own6 = "fd00::11", lan = "10.0.0.100", lan6 = "fd00::100";
const std::string all = "255.255.255.255", nodes = "ff02::1", host6 = "fd00::1";
const Mac all_nodes{0x33, 0x33, 0, 0, 0, 1};

Frame claim4(unsigned operation, const std::string& address, const Mac& to = broadcast) {
  return ethernet(to, self, type_arp, arp(operation, self, address, no_mac, address));
}

Frame v6(const Mac& to, const Ipv6& header, const Frame& payload) {
  return ethernet(to, self, type_ipv6, ipv6(header, payload));
}

/// Behind own6, to the LAN: the next header and what follows.
Frame v6(std::uint8_t next, const Frame& payload) {
  return v6(lan_mac, {own6, lan6, next}, payload);
}

Frame advertisement(const std::string& target, const Mac& to = all_nodes) {
  return v6(to, {own6, nodes, icmpv6_protocol},
            icmpv6(own6, nodes, 136, bytes({0x20, 0, 0, 0}) + ip(target) + nd_option(2, self)));
}

Frame router_advertisement(const std::string& to = nodes) {
  return icmpv6(own6, to, 134, Frame(12, 0) + nd_option(1, self));
}

Frame extension(unsigned next, unsigned length = 0) {
  return bytes({next, length, 1, 4, 0, 0, 0, 0});
}

Frame fragment(unsigned next, unsigned offset_and_more) {
  return bytes({next, 0}) + be16(offset_and_more) + bytes({0, 0, 0, 7});
}

Frame cut(Frame frame, std::size_t size) {
  frame.resize(size);
  return frame;
}

/// 802.1Q or 802.1ad in front of an honest frame.
Frame tagged(unsigned tag_type, const Frame& inner) {
  Frame frame(inner.begin(), inner.begin() + 12);
  frame = frame + be16(tag_type) + be16(5);
  frame.insert(frame.end(), inner.begin() + 12, inner.end());
  return frame;
}

Frame honest() { return udp_frame(lan_mac, self, own, lan, 9, 7000); }

}  // namespace

std::vector<Attack> forged_macs() {
  const auto under = [](const Mac& mac) { return udp_frame(broadcast, mac, own, all, 9, 7000); };
  return {{"another guest's MAC", under(other), "source_mac"},
          {"the station's MAC", under(station), "source_mac"},
          {"the gateway's MAC", under(gateway_mac), "source_mac"},
          {"a MAC of nobody", under(guest_mac(99)), "source_mac"},
          {"no MAC", under(no_mac), "source_mac", true},
          {"a group's MAC", under({1, 0, 0x5e, 0, 0, 1}), "source_mac", true},
          {"EAPOL as if the station had sent it",
           ethernet({2, 0, 0, 0, 0, 0x77}, station, 0x888e, Frame(50, 1)), "source_mac"},
          {"the station's leave to EAPOL's group",
           ethernet({1, 0x80, 0xc2, 0, 0, 3}, station, 0x888e, Frame(50, 1)), "source_mac", true}};
}

std::vector<Attack> forged_claims() {
  return {
      {"ARP: the host's address, asked for", claim4(1, "10.0.0.1"), "claim_host"},
      {"ARP: the host's address, answered", claim4(2, "10.0.0.1", lan_mac), "claim_host"},
      {"ARP: the host's address, to the host", claim4(2, "10.0.0.1", station), "claim_host"},
      {"ARP: the gateway's address", claim4(1, "10.0.0.254"), "claim_gateway"},
      {"ARP: the gateway's address, to the host", claim4(2, "10.0.0.254", station),
       "claim_gateway"},
      {"ARP: another guest's address", claim4(2, "10.0.0.12"), "claim_guest"},
      {"ARP: the network's broadcast address", claim4(2, "10.0.0.255"), "bad_source"},
      {"ARP: a group's address", claim4(2, "224.0.0.251"), "bad_source"},
      {"ARP: an address of another's MAC",
       ethernet(broadcast, self, type_arp, arp(2, other, own, no_mac, own)), "arp_sender"},
      {"ARP: the station's MAC inside",
       ethernet(broadcast, self, type_arp, arp(2, station, own, no_mac, own)), "arp_sender"},
      {"ND: the host's address", advertisement("fd00::1"), "claim_host"},
      {"ND: the host's address, to the host", advertisement("fd00::1", station), "claim_host"},
      {"ND: the gateway's address", advertisement("fe80::fe"), "claim_gateway"},
      {"ND: another guest's address", advertisement("fd00::12"), "claim_guest"},
      {"ND: a group's address", advertisement("ff02::2"), "bad_source"},
      {"ND: IPv4 in disguise", advertisement("::ffff:10.0.0.12"), "bad_source"},
      {"ND: from beyond the link",
       v6(all_nodes, {own6, nodes, icmpv6_protocol, 254},
          icmpv6(own6, nodes, 136, nd_body(own6, {}))),
       "malformed"},
  };
}

std::vector<Attack> forged_sources() {
  const auto from4 = [](const std::string& address, const Mac& to = lan_mac) {
    return udp_frame(to, self, address, lan, 9, 7000);
  };
  const auto from6 = [](const std::string& address) {
    return udp_frame(lan_mac, self, address, lan6, 9, 7000);
  };
  const std::string solicited = "ff02::1:ff00:12";
  return {
      {"the host's IPv4", from4("10.0.0.1"), "claim_host"},
      {"the host's IPv4, to the host", from4("10.0.0.1", station), "claim_host"},
      {"the gateway's IPv4", from4("10.0.0.254"), "claim_gateway"},
      {"another guest's IPv4", from4("10.0.0.12"), "claim_guest"},
      {"a broadcast address", from4("10.0.0.255"), "bad_source"},
      {"every host's broadcast", from4(all), "bad_source"},
      {"a group", from4("239.1.2.3"), "bad_source"},
      {"loopback", from4("127.0.0.1", station), "bad_source"},
      {"no address, and not to get one", from4("0.0.0.0"), "bad_source"},
      {"the host's IPv6", from6("fd00::1"), "claim_host"},
      {"the gateway's IPv6", from6("fe80::fe"), "claim_gateway"},
      {"another guest's IPv6", from6("fd00::12"), "claim_guest"},
      {"an IPv6 group", from6("ff02::1"), "bad_source"},
      {"IPv6 loopback", from6("::1"), "bad_source"},
      {"no IPv6 address, and not to get one", from6("::"), "bad_source"},
      {"IPv4 in disguise", from6("::ffff:10.0.0.1"), "bad_source"},
      {"a later fragment under the host's IPv4",
       ethernet(lan_mac, self, type_ipv4, ipv4({"10.0.0.1", lan, udp_protocol, 0x2010}, Frame(16))),
       "claim_host"},
      {"a solicitation under another guest's IPv6",
       v6({0x33, 0x33, 0xff, 0, 0, 0x12}, {"fd00::12", solicited, icmpv6_protocol},
          icmpv6("fd00::12", solicited, 135, nd_body("fd00::12", nd_option(1, self)))),
       "claim_guest"},
      {"a lease asked for in another guest's name",
       udp_frame(broadcast, self, "0.0.0.0", all, 68, 67, bootp(1, 0x8000, other)), "chaddr"},
      {"a lease given back in another guest's name",
       udp_frame(lan_mac, self, own, lan, 68, 67, bootp(1, 0, other)), "chaddr"},
      {"a lease asked for in the host's name",
       udp_frame(broadcast, self, "0.0.0.0", all, 68, 67, bootp(1, 0x8000, station)), "chaddr"}};
}

std::vector<Attack> servers() {
  const Frame offer = bootp(2, 0x8000, other);
  return {{"a DHCP offer", udp_frame(broadcast, self, own, all, 67, 68, offer), "server"},
          {"a DHCP offer to the host", udp_frame(station, self, own, "10.0.0.1", 67, 68, offer),
           "server"},
          {"a DHCP offer from another port", udp_frame(broadcast, self, own, all, 4011, 68, offer),
           "server"},
          {"a DHCPv6 advertisement", udp_frame(all_nodes, self, own6, nodes, 547, 546), "server"},
          {"a router advertisement",
           v6(all_nodes, {own6, nodes, icmpv6_protocol}, router_advertisement()), "server"},
          {"a router advertisement to the host",
           v6(station, {own6, host6, icmpv6_protocol}, router_advertisement(host6)), "server"},
          {"a redirect",
           v6(lan_mac, {own6, lan6, icmpv6_protocol}, icmpv6(own6, lan6, 137, Frame(36, 0))),
           "server"}};
}

std::vector<Attack> misshapen() {
  const Frame udp4 = honest();
  const Frame ask = ethernet(broadcast, self, type_arp, arp(1, self, own, no_mac, lan));
  const Frame hidden = router_advertisement(lan6);
  Frame beyond = cut(udp4, 40);
  beyond[14] = 0x4f;
  Frame hardware = ask, lengths = ask;
  hardware[15] = 6;
  lengths[18] = 8;
  const auto server_behind_options = [](std::size_t size) {
    return ethernet(broadcast, self, type_ipv4,
                    ipv4({own, all, udp_protocol, 0, Frame(size, 1)},
                         udp(own, all, 67, 68, bootp(2, 0, other))));
  };
  return {
      {"ARP cut short", cut(ask, 41), "malformed"},
      {"ARP of another hardware", hardware, "malformed"},
      {"ARP with long addresses", lengths, "malformed"},
      {"IPv4 cut short", cut(udp4, 33), "malformed"},
      {"IPv4 options beyond the frame", beyond, "malformed"},
      {"a DHCP server behind IPv4 options", server_behind_options(8), "server"},
      {"a DHCP server behind as many as there can be", server_behind_options(40), "server"},
      {"UDP without ports", cut(udp4, 36), "malformed"},
      {"IPv6 cut short", cut(v6(59, {}), 53), "malformed"},
      {"an extension header cut short", v6(0, bytes({58, 0, 1})), "malformed"},
      {"an extension header beyond the frame", v6(0, extension(icmpv6_protocol, 200)), "malformed"},
      {"an advertisement behind hop-by-hop options", v6(0, extension(icmpv6_protocol) + hidden),
       "server"},
      {"an advertisement behind a routing header", v6(43, extension(icmpv6_protocol) + hidden),
       "server"},
      {"an advertisement behind four headers",
       v6(0, extension(60) + extension(43) + extension(60) + extension(icmpv6_protocol) + hidden),
       "server"},
      {"an advertisement behind five",
       v6(0, extension(60) + extension(43) + extension(60) + extension(60) +
                 extension(icmpv6_protocol) + hidden),
       "malformed"},
      {"an advertisement in a fragment", v6(44, fragment(icmpv6_protocol, 1) + hidden),
       "malformed"},
      {"an advertisement in an atomic fragment", v6(44, fragment(icmpv6_protocol, 0) + hidden),
       "malformed"},
      {"a fragment that ends before its headers do",
       v6(44, fragment(60, 1) + extension(icmpv6_protocol)), "malformed"},
      {"a DHCPv6 server in a fragment",
       v6(44, fragment(udp_protocol, 1) + udp(own6, lan6, 547, 546, {1})), "server"},
      {"a DHCP server in a first fragment",
       ethernet(broadcast, self, type_ipv4,
                ipv4({own, all, udp_protocol, 0x2000}, udp(own, all, 67, 68, {}))),
       "server"},
      {"IPv6 under IPv4's EtherType", ethernet(lan_mac, self, type_ipv4, ipv6({own6, lan6}, {})),
       "malformed"},
      {"a runt: IPv4 without any header", ethernet(lan_mac, self, type_ipv4, {}), "malformed"},
      {"a runt: ARP of one byte", ethernet(broadcast, self, type_arp, {1}), "malformed", true},
      {"longer than the MTU", udp_frame(lan_mac, self, own, lan, 9, 7000, Frame(1473, 1)),
       "too_long", true},
      {"a jumbo frame", udp_frame(lan_mac, self, own, lan, 9, 7000, Frame(8972, 1)), "too_long",
       true},
      {"a jumbo frame to the host", udp_frame(station, self, own, "10.0.0.1", 9, 7000, Frame(8972)),
       "too_long", true},
  };
}

std::vector<Attack> other_protocols() {
  const Frame start = bytes({1, 1, 0, 0}) + Frame(46, 0);
  const Frame llc = bytes({0x42, 0x42, 3}) + Frame(47, 0);
  const Mac pvst{0x01, 0, 0x0c, 0xcc, 0xcc, 0xcd}, pae{1, 0x80, 0xc2, 0, 0, 3};
  return {{"EAPOL to the access point", ethernet(lan_mac, self, 0x888e, start), "protocol"},
          {"EAPOL to its group", ethernet(pae, self, 0x888e, start), "protocol", true},
          {"EAPOL to the host", ethernet(station, self, 0x888e, start), "protocol"},
          {"EAPOL to everyone", ethernet(broadcast, self, 0x888e, start), "protocol"},
          {"preauthentication", ethernet(lan_mac, self, 0x88c7, start), "protocol"},
          {"TDLS", ethernet(lan_mac, self, 0x890d, start), "protocol"},
          {"a VLAN", tagged(0x8100, honest()), "protocol"},
          {"a priority tag in front of EAPOL",
           tagged(0x8100, ethernet(lan_mac, self, 0x888e, start)), "protocol"},
          {"QinQ", tagged(0x88a8, tagged(0x8100, honest())), "protocol"},
          {"QinQ of old", tagged(0x9100, tagged(0x8100, honest())), "protocol"},
          {"spanning tree", ethernet({1, 0x80, 0xc2, 0, 0, 0}, self, 50, llc), "protocol"},
          {"spanning tree of a vendor", ethernet(pvst, self, 50, llc), "protocol"},
          {"LLC to the access point", ethernet(lan_mac, self, 50, llc), "protocol"},
          {"LLDP", ethernet({1, 0x80, 0xc2, 0, 0, 0xe}, self, 0x88cc, start), "protocol", true}};
}

std::vector<Attack> attacks() {
  std::vector<Attack> every;
  for (auto* some : {forged_claims, forged_sources, servers, misshapen, other_protocols}) {
    for (auto& one : some()) every.push_back(std::move(one));
  }
  return every;
}

}  // namespace airtap::test
