// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/netlink_parse.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>

#include "kernel/quiet.h"

namespace airtap {

namespace {

template <std::size_t Count>
using Attributes = std::array<nlattr*, Count>;

/// False when the message is shorter than its own header says or an attribute breaks `policy`.
template <class Header, std::size_t Count>
bool read(nlmsghdr* message, Attributes<Count>& attributes, std::array<nla_policy, Count>& policy) {
  return nlmsg_valid_hdr(message, sizeof(Header)) != 0 &&
         nlmsg_parse(message, sizeof(Header), attributes.data(), static_cast<int>(Count) - 1,
                     policy.data()) >= 0;
}

std::span<const std::uint8_t> bytes_of(const nlattr* attribute) {
  return {static_cast<const std::uint8_t*>(nla_data(attribute)),
          static_cast<std::size_t>(nla_len(attribute))};
}

std::optional<IpAddress> address_of(const nlattr* attribute) {
  if (attribute == nullptr) return std::nullopt;
  auto address = IpAddress::from_bytes(bytes_of(attribute));
  return address ? std::optional(*address) : std::nullopt;
}

std::string text_of(nlattr* attribute) {
  if (attribute == nullptr) return {};
  const auto* begin = static_cast<const char*>(nla_data(attribute));
  return std::string(begin, strnlen(begin, static_cast<std::size_t>(nla_len(attribute))));
}

std::string kind_of(nlattr* linkinfo) {
  if (linkinfo == nullptr) return {};
  return text_of(
      nla_find(static_cast<nlattr*>(nla_data(linkinfo)), nla_len(linkinfo), IFLA_INFO_KIND));
}

bool filters_vlans(nlattr* linkinfo) {
  const nlattr* data =
      nla_find(static_cast<nlattr*>(nla_data(linkinfo)), nla_len(linkinfo), IFLA_INFO_DATA);
  if (data == nullptr) return false;
  const nlattr* filtering =
      nla_find(static_cast<nlattr*>(nla_data(data)), nla_len(data), IFLA_BR_VLAN_FILTERING);
  return filtering != nullptr && nla_len(filtering) >= 1 && nla_get_u8(filtering) != 0;
}

bool is_l2_bridge(const nlattr* linkinfo) {
  const nlattr* data =
      nla_find(static_cast<nlattr*>(nla_data(linkinfo)), nla_len(linkinfo), IFLA_INFO_DATA);
  if (data == nullptr) return false;
  const auto number = [data](int attribute) -> int {
    const nlattr* found = nla_find(static_cast<nlattr*>(nla_data(data)), nla_len(data), attribute);
    return found != nullptr && nla_len(found) >= 2 ? nla_get_u16(found) : -1;
  };
  return number(IFLA_IPVLAN_MODE) == IPVLAN_MODE_L2 && number(IFLA_IPVLAN_FLAGS) == 0;
}

/// A next hop of the route's own family (RTA_GATEWAY), or an IPv6 one of an IPv4 route (RTA_VIA).
std::optional<IpAddress> next_hop(const nlattr* gateway, const nlattr* via) {
  if (gateway != nullptr) return address_of(gateway);
  if (via == nullptr || bytes_of(via).size() < sizeof(rtvia)) return std::nullopt;
  auto address = IpAddress::from_bytes(bytes_of(via).subspan(sizeof(rtvia)));
  return address ? std::optional(*address) : std::nullopt;
}

void add_multipath(nlattr* multipath, std::uint32_t metric, std::vector<Gateway>& gateways) {
  auto rest = bytes_of(multipath);
  while (rest.size() >= sizeof(rtnexthop)) {
    rtnexthop hop;
    std::memcpy(&hop, rest.data(), sizeof hop);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > rest.size()) return;
    auto* first = reinterpret_cast<nlattr*>(const_cast<std::uint8_t*>(rest.data() + sizeof hop));
    const int length = hop.rtnh_len - static_cast<int>(sizeof hop);
    const auto address =
        next_hop(nla_find(first, length, RTA_GATEWAY), nla_find(first, length, RTA_VIA));
    if (address && (hop.rtnh_flags & RTNH_F_DEAD) == 0)
      gateways.push_back({.ifindex = hop.rtnh_ifindex, .address = *address, .metric = metric});
    rest = rest.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), rest.size()));
  }
}

}  // namespace

std::optional<LinkFacts> parse_link(nlmsghdr* message) {
  Attributes<IFLA_MAX + 1> attributes{};
  std::array<nla_policy, IFLA_MAX + 1> policy{};
  for (const int number : {IFLA_MTU, IFLA_MASTER, IFLA_LINK, IFLA_GROUP})
    policy[static_cast<std::size_t>(number)].type = NLA_U32;
  policy[IFLA_CARRIER].type = NLA_U8;
  policy[IFLA_LINKINFO].type = NLA_NESTED;
  if (message->nlmsg_type != RTM_NEWLINK || !read<ifinfomsg>(message, attributes, policy))
    return std::nullopt;

  ifinfomsg header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  // AF_BRIDGE answers describe a port, not a link.
  if (header.ifi_family != AF_UNSPEC) return std::nullopt;
  auto name = IfName::parse(text_of(attributes[IFLA_IFNAME]));
  if (!name) return std::nullopt;

  LinkFacts link;
  link.ifindex = header.ifi_index;
  link.name = *std::move(name);
  link.kind = kind_of(attributes[IFLA_LINKINFO]);
  link.vlan_filtering = link.kind == "bridge" && filters_vlans(attributes[IFLA_LINKINFO]);
  link.ipvlan_l2_bridge =
      (link.kind == "ipvlan" || link.kind == "ipvtap") && is_l2_bridge(attributes[IFLA_LINKINFO]);
  link.alias = text_of(attributes[IFLA_IFALIAS]);
  if (attributes[IFLA_GROUP] != nullptr)
    link.being_made = nla_get_u32(attributes[IFLA_GROUP]) == making_group;
  link.up = (header.ifi_flags & IFF_UP) != 0;
  link.promiscuous = (header.ifi_flags & IFF_PROMISC) != 0;
  link.loopback = (header.ifi_flags & IFF_LOOPBACK) != 0;
  link.ethernet = header.ifi_type == ARPHRD_ETHER;
  if (attributes[IFLA_ADDRESS] != nullptr) {
    const auto mac = bytes_of(attributes[IFLA_ADDRESS]);
    if (mac.size() == link.mac.bytes.size()) std::ranges::copy(mac, link.mac.bytes.begin());
  }
  if (attributes[IFLA_MTU] != nullptr) link.mtu = nla_get_u32(attributes[IFLA_MTU]);
  if (attributes[IFLA_CARRIER] != nullptr) link.carrier = nla_get_u8(attributes[IFLA_CARRIER]) != 0;
  if (attributes[IFLA_MASTER] != nullptr) link.master = nla_get_s32(attributes[IFLA_MASTER]);
  // With IFLA_LINK_NETNSID the index is one of another namespace, and means another link here.
  if (attributes[IFLA_LINK] != nullptr && attributes[IFLA_LINK_NETNSID] == nullptr)
    link.lower = nla_get_s32(attributes[IFLA_LINK]);
  return link;
}

std::optional<LinkCounters> parse_link_counters(nlmsghdr* message) {
  Attributes<IFLA_MAX + 1> attributes{};
  std::array<nla_policy, IFLA_MAX + 1> policy{};
  if (message->nlmsg_type != RTM_NEWLINK || !read<ifinfomsg>(message, attributes, policy) ||
      attributes[IFLA_STATS64] == nullptr)
    return std::nullopt;
  // Older kernels send a shorter structure, newer ones a longer: new fields come at the end.
  const auto sent = bytes_of(attributes[IFLA_STATS64]);
  rtnl_link_stats64 stats{};
  std::memcpy(&stats, sent.data(), std::min(sent.size(), sizeof stats));
  return LinkCounters{.rx_packets = stats.rx_packets,
                      .rx_bytes = stats.rx_bytes,
                      .rx_dropped = stats.rx_dropped,
                      .tx_packets = stats.tx_packets,
                      .tx_bytes = stats.tx_bytes,
                      .tx_dropped = stats.tx_dropped};
}

std::optional<HostAddress> parse_address(nlmsghdr* message) {
  Attributes<IFA_MAX + 1> attributes{};
  std::array<nla_policy, IFA_MAX + 1> policy{};
  if (message->nlmsg_type != RTM_NEWADDR || !read<ifaddrmsg>(message, attributes, policy))
    return std::nullopt;
  ifaddrmsg header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  if (header.ifa_family != AF_INET && header.ifa_family != AF_INET6) return std::nullopt;

  // On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours.
  auto address = address_of(attributes[IFA_LOCAL]);
  if (!address) address = address_of(attributes[IFA_ADDRESS]);
  if (!address) return std::nullopt;
  return HostAddress{
      .ifindex = static_cast<int>(header.ifa_index),
      .address = *address,
      .prefix_length = header.ifa_prefixlen,
      .broadcast = address_of(attributes[IFA_BROADCAST]),
      .tentative = header.ifa_family == AF_INET6 && (header.ifa_flags & IFA_F_TENTATIVE) != 0};
}

std::optional<std::vector<Gateway>> parse_default_route(nlmsghdr* message) {
  Attributes<RTA_MAX + 1> attributes{};
  std::array<nla_policy, RTA_MAX + 1> policy{};
  for (const int number : {RTA_TABLE, RTA_PRIORITY, RTA_OIF})
    policy[static_cast<std::size_t>(number)].type = NLA_U32;
  if (message->nlmsg_type != RTM_NEWROUTE || !read<rtmsg>(message, attributes, policy))
    return std::nullopt;
  rtmsg header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  const auto number = [&attributes](std::size_t attribute, std::uint32_t otherwise) {
    return attributes[attribute] != nullptr ? nla_get_u32(attributes[attribute]) : otherwise;
  };
  const bool ours = (header.rtm_family == AF_INET || header.rtm_family == AF_INET6) &&
                    header.rtm_dst_len == 0 && header.rtm_type == RTN_UNICAST &&
                    number(RTA_TABLE, header.rtm_table) == RT_TABLE_MAIN &&
                    (header.rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD)) == 0;
  if (!ours) return std::nullopt;

  std::vector<Gateway> gateways;
  const std::uint32_t metric = number(RTA_PRIORITY, 0);
  if (attributes[RTA_MULTIPATH] != nullptr)
    add_multipath(attributes[RTA_MULTIPATH], metric, gateways);
  else if (auto address = next_hop(attributes[RTA_GATEWAY], attributes[RTA_VIA]))
    gateways.push_back(
        {.ifindex = static_cast<int>(number(RTA_OIF, 0)), .address = *address, .metric = metric});
  if (gateways.empty()) return std::nullopt;
  return gateways;
}

std::optional<Neighbour> parse_neighbour(nlmsghdr* message) {
  Attributes<NDA_MAX + 1> attributes{};
  std::array<nla_policy, NDA_MAX + 1> policy{};
  if (message->nlmsg_type != RTM_NEWNEIGH || !read<ndmsg>(message, attributes, policy))
    return std::nullopt;
  ndmsg header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  if (header.ndm_family != AF_INET && header.ndm_family != AF_INET6) return std::nullopt;
  const auto address = address_of(attributes[NDA_DST]);
  const nlattr* mac = attributes[NDA_LLADDR];
  if (!address || mac == nullptr) return std::nullopt;
  Neighbour neighbour{.ifindex = header.ndm_ifindex, .address = *address};
  if (bytes_of(mac).size() != neighbour.mac.bytes.size()) return std::nullopt;
  std::ranges::copy(bytes_of(mac), neighbour.mac.bytes.begin());
  return neighbour;
}

}  // namespace airtap
