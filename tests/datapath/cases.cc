// SPDX-License-Identifier: LGPL-2.1-or-later
#include "datapath/cases.h"

#include "datapath/shared.h"

namespace airtap::test {
namespace {

const Mac m1 = guest_mac(1), m2 = guest_mac(2), m4 = guest_mac(4);
const std::string lan = "10.0.0.100", lan6 = "fd00::100", own = "10.0.0.11", own6 = "fd00::11";
constexpr std::uint32_t to_air = AIRTAP_MARK_TO_AIR, checked = AIRTAP_MARK_CHECKED;

/// Guest 1 sends IPv6 to the LAN: next header and what follows.
Frame v6(unsigned next, const Frame& payload, unsigned hop_limit = 255) {
  return ethernet(
      lan_mac, m1, type_ipv6,
      ipv6({own6, lan6, static_cast<std::uint8_t>(next), static_cast<std::uint8_t>(hop_limit)},
           payload));
}

Frame with_source(Frame frame, const Mac& mac) {
  std::copy(mac.begin(), mac.end(), frame.begin() + 6);
  return frame;
}

Frame with_destination(Frame frame, const Mac& mac) {
  std::copy(mac.begin(), mac.end(), frame.begin());
  return frame;
}

Frame cut(Frame frame, std::size_t size) {
  frame.resize(size);
  return frame;
}

/// Leaves guest 1 for the air with nothing but its source MAC changed.
Case leaves(const std::string& what, const Frame& in) {
  return {what, "from_tap", 1, in, Verdict::redirect, with_source(in, station), "", 0, to_air};
}

Case refused(const std::string& what, const Frame& in, const std::string& reason,
             unsigned guest = 1) {
  return {what, "from_tap", guest, in, Verdict::drop, {}, reason, 0, 0};
}

Case from_the_air(const std::string& what, const Frame& in, Verdict verdict,
                  const Frame& out = {}) {
  return {what, "from_air", 0, in, verdict, out, "", 0, 0};
}

Frame advertisement(const std::string& target, const Frame& options) {
  return icmpv6(own6, lan6, 136, bytes({0x60, 0, 0, 0}) + ip(target) + options);
}

/// An extension header of 8 bytes that carries only padding.
Frame padding(unsigned next) { return bytes({next, 0, 1, 4, 0, 0, 0, 0}); }
Frame fragment(unsigned next, unsigned offset_and_more) {
  return bytes({next, 0}) + be16(offset_and_more) + bytes({0, 0, 0, 7});
}

void malformed(std::vector<Case>& cases) {
  const Frame udp4 = udp_frame(lan_mac, m1, own, lan, 9, 9);
  const Frame ask = ethernet(broadcast, m1, type_arp, arp(1, m1, own, no_mac, lan));
  Frame short_ihl = udp4, version = udp4, hardware = ask;
  short_ihl[14] = 0x44;
  version[14] = 0x65;
  hardware[15] = 6;
  cases.push_back(refused("a truncated IPv4 header", cut(udp4, 33), "malformed"));
  cases.push_back(refused("an IPv4 header length below 20", short_ihl, "malformed"));
  cases.push_back(refused("IPv6 under IPv4's EtherType", version, "malformed"));
  cases.push_back(refused(
      "IPv4 options beyond the frame",
      [&] {
        Frame frame = cut(udp4, 40);
        frame[14] = 0x4f;
        return frame;
      }(),
      "malformed"));
  cases.push_back(refused("a truncated ARP", cut(ask, 41), "malformed"));
  cases.push_back(refused("ARP of another hardware", hardware, "malformed"));
  cases.push_back(
      refused("UDP without ports, which could be a server's", cut(udp4, 36), "malformed"));
  cases.push_back(refused("a truncated IPv6 header", cut(v6(59, {}), 53), "malformed"));
}

void claims(std::vector<Case>& cases) {
  cases.push_back(refused("an ARP sender that is not the frame's",
                          ethernet(broadcast, m1, type_arp, arp(1, m2, own, no_mac, lan)),
                          "arp_sender"));
  const Frame probe = ethernet(broadcast, m1, type_arp, arp(1, m1, "0.0.0.0", no_mac, "10.0.0.12"));
  cases.push_back(
      {"an ARP probe for another's address must reach it", "from_bridge", 0, probe,
       Verdict::redirect,
       ethernet(broadcast, station, type_arp, arp(1, station, "0.0.0.0", no_mac, "10.0.0.12")), "",
       checked, to_air});
  const Frame dad = ethernet({0x33, 0x33, 0xff, 0, 0, 0x12}, m1, type_ipv6,
                             ipv6({"::", "ff02::1:ff00:12", icmpv6_protocol},
                                  icmpv6("::", "ff02::1:ff00:12", 135, nd_body("fd00::12", {}))));
  cases.push_back({"duplicate address detection for another's address must reach it", "from_bridge",
                   0, dad, Verdict::redirect, with_source(dad, station), "", checked, to_air});
  cases.push_back(refused("an advertisement of another guest's address",
                          v6(icmpv6_protocol, advertisement("fd00::12", {})), "claim_guest"));
  cases.push_back(refused("an advertisement of the host's address",
                          v6(icmpv6_protocol, advertisement("fd00::1", {})), "claim_host"));
  cases.push_back(refused("an advertisement of the gateway's address",
                          v6(icmpv6_protocol, advertisement("fe80::fe", {})), "claim_gateway"));
  cases.push_back(refused("IPv4 disguised as an advertised IPv6 address",
                          v6(icmpv6_protocol, advertisement("::ffff:10.0.0.12", {})),
                          "bad_source"));
}

void neighbour_discovery(std::vector<Case>& cases) {
  const auto nd = [](const Frame& options) {
    return v6(icmpv6_protocol, advertisement(own6, options));
  };
  const auto both = [&](const Mac& mac) {
    return nd(nd_option(1, mac) + bytes({14, 1, 1, 2, 3, 4, 5, 6}) + nd_option(2, mac));
  };
  cases.push_back({"every link-layer option is the station's, the checksum right", "from_tap", 1,
                   both(m1), Verdict::redirect, with_source(both(station), station), "", 0,
                   to_air});
  cases.push_back(refused("an option of length 0, which never ends",
                          nd(bytes({1, 0, 0, 0, 0, 0, 0, 0})), "malformed"));
  cases.push_back(
      refused("an option beyond the packet", nd(bytes({1, 2, 0, 0, 0, 0, 0, 0})), "malformed"));
  Frame many;
  for (int i = 0; i < 9; ++i) many = many + bytes({14, 1, 0, 0, 0, 0, 0, 0});
  cases.push_back(refused("more options than are looked at", nd(many), "malformed"));
  cases.push_back(refused("neighbour discovery from beyond the link",
                          v6(icmpv6_protocol, advertisement(own6, {}), 254), "malformed"));
  const Frame solicitation = icmpv6(own6, lan6, 133, Frame(4, 0) + nd_option(1, m1));
  const Frame translated = icmpv6(own6, lan6, 133, Frame(4, 0) + nd_option(1, station));
  cases.push_back({"a router solicitation is translated", "from_tap", 1,
                   v6(icmpv6_protocol, solicitation), Verdict::redirect,
                   with_source(v6(icmpv6_protocol, translated), station), "", 0, to_air});
  const auto redirect = [](const Mac& mac) {
    return ethernet(lan_mac, mac, type_ipv6,
                    ipv6({"fe80::14", lan6, icmpv6_protocol},
                         icmpv6("fe80::14", lan6, 137, Frame(36, 0) + nd_option(2, mac))));
  };
  cases.push_back({"a redirect of a guest that may is translated", "from_tap", 4, redirect(m4),
                   Verdict::redirect, redirect(station), "", 0, to_air});
}

void hidden(std::vector<Case>& cases) {
  const Frame advertised = icmpv6(own6, lan6, 134, Frame(12, 0));
  const Frame echo = icmpv6(own6, lan6, 128, Frame(8, 0));
  cases.push_back(refused("a router advertisement behind hop-by-hop options",
                          v6(0, padding(icmpv6_protocol) + advertised), "server"));
  cases.push_back(refused("a router advertisement behind three headers",
                          v6(0, padding(60) + padding(43) + padding(icmpv6_protocol) + advertised),
                          "server"));
  cases.push_back(refused("more headers than are looked at",
                          v6(0, padding(60) + padding(60) + padding(60) + padding(60) +
                                    padding(icmpv6_protocol) + advertised),
                          "malformed"));
  cases.push_back(refused("a router advertisement in a fragment",
                          v6(44, fragment(icmpv6_protocol, 1) + advertised), "malformed"));
  cases.push_back(
      refused("a solicitation in an atomic fragment",
              v6(44, fragment(icmpv6_protocol, 0) + icmpv6(own6, lan6, 135, nd_body(lan6, {}))),
              "malformed"));
  cases.push_back(refused("a router advertisement in a fragment behind options",
                          v6(44, fragment(60, 1) + padding(icmpv6_protocol) + advertised),
                          "malformed"));
  cases.push_back(refused("a DHCPv6 server in a fragment",
                          v6(44, fragment(udp_protocol, 1) + udp(own6, lan6, 547, 546, {1})),
                          "server"));
  cases.push_back(refused("a DHCP server behind IPv4 options",
                          ethernet(broadcast, m1, type_ipv4,
                                   ipv4({own, "255.255.255.255", udp_protocol, 0, Frame(8, 1)},
                                        udp(own, "255.255.255.255", 67, 68, {1}))),
                          "server"));
  cases.push_back(refused("a DHCP server from a port of its choice",
                          udp_frame(broadcast, m1, own, "255.255.255.255", 4011, 68), "server"));
  cases.push_back(refused("a truncated extension header", v6(0, bytes({58, 0, 1})), "malformed"));
  cases.push_back(leaves("an echo request in a fragment is honest",
                         v6(44, fragment(icmpv6_protocol, 1) + echo)));
  cases.push_back(
      leaves("a later fragment has no ports",
             ethernet(lan_mac, m1, type_ipv4,
                      ipv4({own, lan, udp_protocol, 0x2010}, bytes({0, 67, 0, 68, 1, 2})))));
  cases.push_back(leaves("a later IPv6 fragment has no type",
                         v6(44, fragment(icmpv6_protocol, 0x81) + bytes({134, 0, 0, 0}))));
  cases.push_back(
      leaves("multicast listener reports have a hop-by-hop header",
             v6(0, padding(icmpv6_protocol) + icmpv6(own6, lan6, 143, Frame(4, 0)), 1)));
}

void dhcp(std::vector<Case>& cases) {
  const auto ask = [](const Mac& mac, unsigned flags, const Frame& options, unsigned from = 68) {
    const std::string zero = "0.0.0.0", all = "255.255.255.255";
    return ethernet(
        broadcast, mac, type_ipv4,
        ipv4({zero, all, udp_protocol, 0, options}, udp(zero, all, from, 67, bootp(1, flags, m1))));
  };
  const auto translated = [&](const std::string& what, const Frame& in, const Frame& out) {
    cases.push_back({what, "from_bridge", 0, in, Verdict::redirect, out, "", checked, to_air});
  };
  translated("the broadcast flag is set, the checksum right", ask(m1, 0, {}),
             ask(station, 0x8000, {}));
  translated("the flag behind IPv4 options", ask(m1, 0, Frame(12, 1)),
             ask(station, 0x8000, Frame(12, 1)));
  translated("a flag that is set stays", ask(m1, 0x8000, {}), ask(station, 0x8000, {}));
  const auto unchecked = [](Frame frame) {
    frame[40] = frame[41] = 0;
    return frame;
  };
  translated("a UDP checksum of zero means none and stays", unchecked(ask(m1, 0, {})),
             unchecked(ask(station, 0x8000, {})));
  const auto renew = [](const Mac& mac) {
    return udp_frame(lan_mac, mac, own, lan, 68, 67, bootp(1, 0, m1, own));
  };
  cases.push_back(leaves("a client with an address is answered there", renew(m1)));
  translated("other ports are not DHCP", ask(m1, 0, {}, 4000), ask(station, 0, {}, 4000));
}

void air(std::vector<Case>& cases) {
  const Frame reply = ethernet(station, lan_mac, type_arp, arp(2, lan_mac, lan, station, own));
  cases.push_back(from_the_air("an ARP answer carries the guest's MAC as target", reply,
                               Verdict::redirect,
                               ethernet(m1, lan_mac, type_arp, arp(2, lan_mac, lan, m1, own))));
  const Frame ask = ethernet(station, lan_mac, type_arp, arp(1, lan_mac, lan, no_mac, own));
  cases.push_back(from_the_air("a unicast ARP request finds the guest", ask, Verdict::redirect,
                               with_destination(ask, m1)));
  const Frame in4 = udp_frame(station, lan_mac, lan, own, 9, 9);
  cases.push_back(
      from_the_air("IPv4 finds the guest", in4, Verdict::redirect, with_destination(in4, m1)));
  const Frame in6 = udp_frame(station, lan_mac, lan6, own6, 9, 9);
  cases.push_back(
      from_the_air("IPv6 finds the guest", in6, Verdict::redirect, with_destination(in6, m1)));
  cases.push_back(from_the_air("the host's own IPv4",
                               udp_frame(station, lan_mac, lan, "10.0.0.1", 9, 9), Verdict::on));
  cases.push_back(from_the_air("an unknown address is the host's",
                               udp_frame(station, lan_mac, lan, "10.0.0.99", 9, 9), Verdict::on));
  cases.push_back(from_the_air(
      "the host's DHCP answer",
      udp_frame(station, lan_mac, lan, "10.0.0.99", 67, 68, bootp(2, 0, station)), Verdict::on));
  cases.push_back(from_the_air("an untranslated guest's address at the station's MAC",
                               udp_frame(station, lan_mac, lan, "10.0.0.12", 9, 9), Verdict::on));
  cases.push_back(from_the_air("an untranslated guest's MAC",
                               udp_frame(m2, lan_mac, lan, "10.0.0.12", 9, 9), Verdict::redirect));
  cases.push_back(from_the_air("a translated guest's MAC is not on the air",
                               udp_frame(m1, lan_mac, lan, own, 9, 9), Verdict::on));
  cases.push_back(from_the_air("someone else's frame",
                               udp_frame(guest_mac(77), lan_mac, lan, own, 9, 9), Verdict::on));
  cases.push_back(from_the_air("IPv4 disguised as IPv6 finds nobody",
                               udp_frame(station, lan_mac, lan6, "::ffff:10.0.0.11", 9, 9),
                               Verdict::on));
  cases.push_back(from_the_air("EAPOL to the station",
                               ethernet(station, lan_mac, 0x888e, Frame(50, 1)), Verdict::on));
  cases.push_back(from_the_air("a restored multicast reaches the host as it came",
                               udp_frame(station, lan_mac, lan, "224.0.0.251", 9, 9), Verdict::on));
  cases.push_back(from_the_air("a truncated frame is the host's", cut(in4, 30), Verdict::on));
  cases.push_back({"an echo under the station's MAC",
                   "from_air",
                   0,
                   udp_frame(station, station, lan, own, 9, 9),
                   Verdict::drop,
                   {},
                   "",
                   0,
                   0});
}

void marks(std::vector<Case>& cases) {
  const Frame frame = udp_frame(station, m1, own, "10.0.0.1", 9, 9);
  cases.push_back({"a guest's frame goes to the host unrewritten", "from_tap", 1, frame,
                   Verdict::redirect, frame, "", 0, AIRTAP_MARK_TO_HOST});
  cases.push_back({"the mark to the host ends at the uplink",
                   "from_air",
                   0,
                   frame,
                   Verdict::on,
                   {},
                   "",
                   AIRTAP_MARK_TO_HOST,
                   0});
  const Frame out = udp_frame(lan_mac, station, own, lan, 9, 9);
  cases.push_back({"the mark to the air ends at the uplink",
                   "from_host",
                   0,
                   out,
                   Verdict::on,
                   {},
                   "",
                   to_air,
                   0});
  cases.push_back({"the host's own mark stays", "from_host", 0, out, Verdict::on, {}, "", 5, 5});
  cases.push_back({"the host's own mark stays on group frames",
                   "from_host",
                   0,
                   with_destination(out, broadcast),
                   Verdict::on,
                   {},
                   "",
                   5,
                   5});
  cases.push_back({"a mark from the air stays",
                   "from_air",
                   0,
                   udp_frame(station, lan_mac, lan, "224.0.0.251", 9, 9),
                   Verdict::on,
                   {},
                   "",
                   5,
                   5});
  cases.push_back({"the host's frame for a guest never reaches the air",
                   "from_host",
                   0,
                   udp_frame(m1, station, "10.0.0.1", own, 9, 9),
                   Verdict::redirect,
                   {},
                   "",
                   0,
                   0});
  cases.push_back({"our own frame reaches the ipvtap",
                   "to_ipvtap",
                   3,
                   out,
                   Verdict::on,
                   {},
                   "",
                   AIRTAP_MARK_TO_GUEST,
                   0});
  cases.push_back({"ipvlan's own copy does not", "to_ipvtap", 3, out, Verdict::drop, {}, "", 0, 0});
  cases.push_back({"the air to an ipvtap", "from_air", 0,
                   udp_frame(station, lan_mac, lan, "10.0.0.13", 9, 9), Verdict::redirect,
                   udp_frame(guest_mac(3), lan_mac, lan, "10.0.0.13", 9, 9), "", 0,
                   AIRTAP_MARK_TO_GUEST});
  cases.push_back({"an ipvtap to the air", "from_ipvtap", 3,
                   udp_frame(lan_mac, guest_mac(3), "10.0.0.13", lan, 9, 9), Verdict::redirect,
                   udp_frame(lan_mac, station, "10.0.0.13", lan, 9, 9), "", 0, to_air});
  cases.push_back({"an ipvtap to a TAP",
                   "from_ipvtap",
                   3,
                   udp_frame(m1, guest_mac(3), "10.0.0.13", own, 9, 9),
                   Verdict::redirect,
                   {},
                   "",
                   0,
                   0});
}

void protocols(std::vector<Case>& cases) {
  const Frame other = Frame(50, 9);
  cases.push_back(refused("a protocol without addresses cannot be translated",
                          ethernet(lan_mac, m1, 0x88b5, other), "protocol"));
  cases.push_back(refused("802.3 without EtherType", ethernet(lan_mac, m1, 50, other), "protocol"));
  cases.push_back({"but passes untranslated",
                   "from_tap",
                   2,
                   ethernet(lan_mac, m2, 0x88b5, other),
                   Verdict::redirect,
                   {},
                   "",
                   0,
                   to_air});
  cases.push_back(refused("EAPOL of an untranslated guest", ethernet(lan_mac, m2, 0x888e, other),
                          "protocol", 2));
  cases.push_back(
      refused("spanning tree", ethernet({1, 0x80, 0xc2, 0, 0, 0}, m1, 50, other), "protocol"));
  cases.push_back({"a frame of nobody on the bridge",
                   "from_bridge",
                   0,
                   ethernet(lan_mac, guest_mac(99), 0x88b5, other),
                   Verdict::drop,
                   {},
                   "",
                   0,
                   0});
  cases.push_back({"an ipvtap's MAC on the bridge",
                   "from_bridge",
                   0,
                   ethernet(lan_mac, guest_mac(3), 0x88b5, other),
                   Verdict::drop,
                   {},
                   "",
                   0,
                   0});
  cases.push_back(refused("a guest's frame to itself", udp_frame(m1, m1, own, own, 9, 9), ""));
}

}  // namespace

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (auto* add : {malformed, claims, neighbour_discovery, hidden, dhcp, air, marks, protocols}) {
    add(cases);
  }
  return cases;
}

}  // namespace airtap::test
