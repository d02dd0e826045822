// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the kernel says of the host's links and uplinks, read without changing anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/if_name.h"
#include "model/interface_combination.h"
#include "model/ip_address.h"
#include "model/mac_address.h"

namespace airtap {

/// One link, as RTM_GETLINK reports it.
struct LinkFacts {
  int ifindex = 0;
  IfName name;
  /// IFLA_INFO_KIND: "tun", "bridge", "veth", "ipvtap", …; empty for a physical device.
  std::string kind;
  MacAddress mac;
  unsigned mtu = 0;
  bool up = false;
  bool carrier = false;
  bool promiscuous = false;  ///< set by user space (dev->gflags), not by a bridge
  bool loopback = false;
  bool ethernet = true;  ///< ARPHRD_ETHER
  int master = 0;        ///< ifindex of the bridge or bond it is enslaved to, 0 for none
  int lower =
      0;  ///< IFLA_LINK: ifindex of the device below (ipvtap, macvlan, veth peer), 0 for none
  std::string alias;            ///< IFLA_IFALIAS
  bool being_made = false;      ///< by airtap, which has not given it its alias yet
  bool vlan_filtering = false;  ///< of a bridge
  /// Of an ipvlan or ipvtap: L2 with the flag bridge. All of one device share mode and flag.
  bool ipvlan_l2_bridge = false;

  bool operator==(const LinkFacts&) const = default;
};

enum class WirelessType { station, access_point, mesh_point, ad_hoc, p2p_client, other };

/// What NL80211_CMD_GET_INTERFACE says of a wireless netdev.
struct WirelessFacts {
  WirelessType type = WirelessType::other;
  bool four_addr = false;
  /// Of a mesh point: dot11MeshForwarding. Off where another routing protocol does that.
  bool mesh_forwarding = true;
  /// Intel's AMT has its hands on it (module iwlmei), where ipvlan needs to be.
  bool shared_with_amt = false;

  bool operator==(const WirelessFacts&) const = default;
};

/// The network that a station is in.
struct Association {
  std::string ssid;
  unsigned frequency = 0;  ///< MHz

  bool operator==(const Association&) const = default;
};

/// An address of the host on a link.
struct HostAddress {
  int ifindex = 0;
  IpAddress address;
  unsigned prefix_length = 0;
  /// IPv4 only: IFA_BROADCAST.
  std::optional<IpAddress> broadcast;
  /// IPv6 only: not the host's yet, duplicate address detection runs (IFA_F_TENTATIVE).
  bool tentative = false;

  bool operator==(const HostAddress&) const = default;
};

/// A default route's next hop.
struct Gateway {
  int ifindex = 0;
  IpAddress address;
  std::uint32_t metric = 0;

  bool operator==(const Gateway&) const = default;
};

/// Another machine on a link, as the kernel knows it.
struct Neighbour {
  int ifindex = 0;
  IpAddress address;
  MacAddress mac;

  bool operator==(const Neighbour&) const = default;
};

/// A netdev towards the LAN.
struct UplinkFacts {
  LinkFacts link;
  std::optional<WirelessFacts> wireless;
  std::vector<HostAddress> addresses;
  std::vector<Gateway> gateways;
  /// What it carries is batman-adv's: the device (kind "batadv") that it is part of.
  std::optional<IfName> batman;
  /// A batman-adv device of ours, there or planned: the device below it.
  std::optional<IfName> batman_over;
  /// What its radio can be at once; nullopt: not asked, for only mode station has to know.
  std::optional<std::vector<InterfaceCombination>> combinations;

  bool operator==(const UplinkFacts&) const = default;
};

/// Everything the plan may know of the host.
struct HostFacts {
  std::vector<LinkFacts> links;
  /// Every link that can be an uplink: Ethernet-like, not ours, no virtual guest device.
  std::vector<UplinkFacts> uplinks;

  const LinkFacts* find_link(std::string_view name) const;
  const LinkFacts* find_link(int ifindex) const;
  const UplinkFacts* find_uplink(std::string_view name) const;
};

}  // namespace airtap
