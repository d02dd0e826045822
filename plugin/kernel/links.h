// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: network links, over rtnetlink. All names are of the caller's network namespace. Calls
// block until the kernel has answered. Errors carry the positive errno in Error::code().
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/if_name.h"
#include "model/uplink_facts.h"

namespace airtap {

/// What a link's own statistics say, since it was made.
struct LinkCounters {
  std::uint64_t rx_packets = 0, rx_bytes = 0, rx_dropped = 0;
  std::uint64_t tx_packets = 0, tx_bytes = 0, tx_dropped = 0;
};

class Links {
 public:
  virtual ~Links() = default;

  virtual Result<std::vector<LinkFacts>> list() = 0;
  /// ENODEV when there is no such link.
  virtual Result<LinkFacts> find(const IfName& name) = 0;
  /// ENODEV when there is no such link.
  virtual Result<LinkCounters> counters(const IfName& name) = 0;
  virtual Result<std::vector<HostAddress>> addresses() = 0;
  /// Default routes of the main table, IPv4 and IPv6, lowest metric first.
  virtual Result<std::vector<Gateway>> gateways() = 0;
  /// The kernel's neighbour tables, IPv4 and IPv6: entries that have a MAC.
  virtual Result<std::vector<Neighbour>> neighbours() = 0;
  /// Has the kernel find out a neighbour's MAC, as if something were to be sent to it. Returns at
  /// once; the answer shows in neighbours().
  virtual Result<> solicit(int ifindex, const IpAddress& neighbour) = 0;

  // Created links are down, carry the alias "airtap" (IFLA_IFALIAS, so that a later undo knows them
  // as ours) and have IPv6 disabled: the host must not take part in the LAN through them.
  /// No multicast snooping: guests' groups must flow without a querier.
  virtual Result<> create_bridge(const IfName& name, unsigned mtu) = 0;
  /// A batman-adv mesh interface that nothing is part of yet. EOPNOTSUPP: no batman-adv in this
  /// kernel.
  virtual Result<> create_batman(const IfName& name) = 0;
  virtual Result<> create_veth(const IfName& outer, const IfName& inner, unsigned mtu) = 0;
  /// Mode L2, flag bridge, allmulticast. Returns when /dev/tap<ifindex> exists (at most 2 s; where
  /// nothing populates /dev it is made from the device's sysfs entry). EOPNOTSUPP: no ipvlan in
  /// this kernel; EBUSY: the rx_handler of `lower` is taken.
  virtual Result<> create_ipvtap(const IfName& name, const IfName& lower, unsigned mtu) = 0;
  /// Mode L2, flag bridge. Its alias goes with it into another network namespace, where IPv6 is as
  /// that one has it. Errors as of create_ipvtap().
  virtual Result<> create_ipvlan(const IfName& name, const IfName& lower, unsigned mtu) = 0;
  /// Passthru: all frames of `lower`, and its MAC. allmulticast, and returns when its node exists,
  /// as create_ipvtap(). EINVAL: `lower` has one already.
  virtual Result<> create_macvtap(const IfName& name, const IfName& lower, unsigned mtu) = 0;
  /// Marks a device that was made by other means as those are, and turns ARP off: the host would
  /// answer there for all its addresses.
  virtual Result<> adopt(const IfName& name) = 0;
  /// ENODEV when it is gone already.
  virtual Result<> remove(const IfName& name) = 0;

  virtual Result<> set_up(const IfName& name, bool up) = 0;
  virtual Result<> set_promiscuous(const IfName& name, bool on) = 0;
  /// `bridge` may be a batman-adv interface, too.
  virtual Result<> join_bridge(const IfName& port, const IfName& bridge) = 0;
  virtual Result<> leave_bridge(const IfName& port) = 0;
};

}  // namespace airtap
