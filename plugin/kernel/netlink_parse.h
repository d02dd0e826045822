// SPDX-License-Identifier: LGPL-2.1-or-later
//
// rtnetlink messages into facts: pure functions, so that they can be tested and fuzzed on bytes.
// nullopt: another kind of message, one that does not concern us, or one that is malformed.
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <vector>

#include "kernel/links.h"
#include "model/uplink_facts.h"

namespace airtap {

/// RTM_NEWLINK.
std::optional<LinkFacts> parse_link(nlmsghdr* message);
/// RTM_NEWLINK with IFLA_STATS64.
std::optional<LinkCounters> parse_link_counters(nlmsghdr* message);
/// RTM_NEWADDR, IPv4 and IPv6.
std::optional<HostAddress> parse_address(nlmsghdr* message);
/// RTM_NEWROUTE: every next hop with an address of a default route of the main table.
std::optional<std::vector<Gateway>> parse_default_route(nlmsghdr* message);

/// RTM_NEWNEIGH, IPv4 and IPv6, with a MAC.
std::optional<Neighbour> parse_neighbour(nlmsghdr* message);

}  // namespace airtap
