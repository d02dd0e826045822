// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What access point and router make of a second machine behind the station's MAC, found by asking
// as one: `airtap doctor --probe`. Nothing is taken: a DHCP offer is not accepted, and the address
// it names is used for one ARP question only.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "kernel/links.h"
#include "model/ip_address.h"
#include "model/mac_address.h"

namespace airtap {

/// nullopt: nothing was heard that would tell.
struct LanAnswers {
  /// A DHCP server offered this address to a client other than the host.
  std::optional<IpAddress> offered;
  /// The gateway answers the host's MAC at that address, too.
  std::optional<bool> second_address_answered;
  /// Somebody answers for the host's own address with the host's own MAC.
  bool proxy_arp = false;
  /// Somebody answers for it with this one.
  std::optional<MacAddress> address_conflict;
  /// Frames to a group arrive addressed to the station (true) or to the group (false).
  std::optional<bool> multicast_to_unicast;
};

struct LanQuestion {
  MacAddress station;
  MacAddress client;  ///< of the machine that does not exist
  std::uint32_t xid = 0;
  IpAddress host;     ///< IPv4, of the station
  IpAddress gateway;  ///< IPv4

  std::vector<std::byte> discover() const;      ///< DHCPDISCOVER, RFC 2131
  std::vector<std::byte> ask_for_host() const;  ///< ARP probe for the host's own address
  std::vector<std::byte> ask_gateway_from(const IpAddress& address) const;
  std::vector<std::byte> solicit_router(const IpAddress& link_local) const;  ///< RFC 4861, 4.1
};

/// Learns from one frame off the LAN; any bytes.
void hear(const LanQuestion& question, std::span<const std::byte> frame, LanAnswers& answers);

/// Takes about three seconds. ENETDOWN, ENODEV as for Reach.
Result<LanAnswers> probe_lan(Links& links, int ifindex, const IpAddress& gateway);

}  // namespace airtap
