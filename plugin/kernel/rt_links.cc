// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/rt_links.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "kernel/netlink_parse.h"
#include "kernel/quiet.h"
#include "kernel/tap_node.h"

namespace airtap {

namespace {

constexpr int dump_flags = NLM_F_REQUEST | NLM_F_DUMP;

ifinfomsg link_header() { return {}; }

/// A change of the link `name`: the kernel looks names up itself where ifi_index is 0.
NetlinkMessage change(const IfName& name, ifinfomsg header = link_header()) {
  NetlinkMessage message(RTM_SETLINK, NLM_F_REQUEST);
  message.header(header).text(IFLA_IFNAME, name.text());
  return message;
}

NetlinkMessage creation(const IfName& name, unsigned mtu) {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
  message.header(link_header())
      .text(IFLA_IFNAME, name.text())
      .number<std::uint32_t>(IFLA_GROUP, making_group);
  if (mtu != 0) message.number<std::uint32_t>(IFLA_MTU, mtu);
  return message;
}

/// The error of `result` with advice for those errnos that have a known cause here.
Result<> advise(Result<> result, std::initializer_list<std::pair<int, const char*>> advice) {
  if (result) return result;
  for (const auto& [code, hint] : advice)
    if (result.error().code() == code) return fail(result.error().with_hint(hint));
  return result;
}

constexpr const char* name_taken = "a device of this name exists; remove it or choose another name";

}  // namespace

Result<std::unique_ptr<RtLinks>> RtLinks::open() {
  AIRTAP_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE));
  return std::unique_ptr<RtLinks>(new RtLinks(std::move(socket)));
}

Result<std::vector<LinkFacts>> RtLinks::list() {
  NetlinkMessage message(RTM_GETLINK, dump_flags);
  message.header(link_header()).number<std::uint32_t>(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return socket_.dump(message, "list links", parse_link);
}

Result<LinkFacts> RtLinks::find(const IfName& name) {
  const std::string what = "find link " + name.text();
  NetlinkMessage message(RTM_GETLINK, NLM_F_REQUEST);
  message.header(link_header())
      .text(IFLA_IFNAME, name.text())
      .number<std::uint32_t>(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  std::optional<LinkFacts> found;
  AIRTAP_CHECK(
      socket_.request(message, what, [&found](nlmsghdr* reply) { found = parse_link(reply); }));
  if (!found) return fail_errno(what, ENODEV);
  return *std::move(found);
}

Result<LinkCounters> RtLinks::counters(const IfName& name) {
  const std::string what = "find link " + name.text();
  NetlinkMessage message(RTM_GETLINK, NLM_F_REQUEST);
  message.header(link_header()).text(IFLA_IFNAME, name.text());
  std::optional<LinkCounters> found;
  AIRTAP_CHECK(socket_.request(message, what,
                               [&found](nlmsghdr* reply) { found = parse_link_counters(reply); }));
  if (!found) return fail_errno(what, ENODEV);
  return *found;
}

Result<std::vector<HostAddress>> RtLinks::addresses() {
  NetlinkMessage message(RTM_GETADDR, dump_flags);
  message.header(ifaddrmsg{});
  return socket_.dump(message, "list addresses", parse_address);
}

Result<std::vector<Gateway>> RtLinks::gateways() {
  std::vector<Gateway> gateways;
  for (const int family : {AF_INET, AF_INET6}) {
    NetlinkMessage message(RTM_GETROUTE, dump_flags);
    rtmsg header{};
    header.rtm_family = static_cast<unsigned char>(family);
    message.header(header);
    auto routes = socket_.dump(message, "list routes", parse_default_route);
    // A kernel without IPv6 has no such dump; one without IPv4 does not reach any of this.
    if (!routes && family == AF_INET6 && routes.error().code() == EOPNOTSUPP) continue;
    if (!routes) return fail(std::move(routes).error());
    for (const auto& hops : *routes) gateways.insert(gateways.end(), hops.begin(), hops.end());
  }
  std::ranges::stable_sort(gateways, {}, &Gateway::metric);
  return gateways;
}

Result<std::vector<Neighbour>> RtLinks::neighbours() {
  NetlinkMessage message(RTM_GETNEIGH, dump_flags);
  message.header(ndmsg{});
  return socket_.dump(message, "list neighbours", parse_neighbour);
}

Result<> RtLinks::solicit(int ifindex, const IpAddress& neighbour) {
  ndmsg header{};
  header.ndm_family = neighbour.is_v4() ? AF_INET : AF_INET6;
  header.ndm_ifindex = ifindex;
  header.ndm_state = NUD_NONE;
  header.ndm_flags = NTF_USE;
  NetlinkMessage message(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE);
  message.header(header);
  if (neighbour.is_v4())
    message.bytes(NDA_DST, neighbour.v4_bytes().data(), neighbour.v4_bytes().size());
  else
    message.bytes(NDA_DST, neighbour.bytes.data(), neighbour.bytes.size());
  return socket_.request(message, "look for neighbour " + neighbour.text());
}

Result<> RtLinks::create_bridge(const IfName& name, unsigned mtu) {
  NetlinkMessage message = creation(name, mtu);
  message.nest(IFLA_LINKINFO, [](NetlinkMessage& info) {
    info.text(IFLA_INFO_KIND, "bridge").nest(IFLA_INFO_DATA, [](NetlinkMessage& data) {
      data.number<std::uint32_t>(IFLA_BR_STP_STATE, 0)
          .number<std::uint32_t>(IFLA_BR_FORWARD_DELAY, 0)
          .number<std::uint8_t>(IFLA_BR_MCAST_SNOOPING, 0);
    });
  });
  AIRTAP_CHECK(advise(socket_.request(message, "create bridge " + name.text()),
                      {{EEXIST, name_taken}, {EOPNOTSUPP, "load the module bridge"}}));
  AIRTAP_CHECK(or_remove(filter_vlans(name), name));
  return or_remove(mark(name), name);
}

// For the tags of hide_from_firewall (datapath). Some kernels are built without, and asked together
// with the bridge they take that away again, which is a twentieth of a second.
Result<> RtLinks::filter_vlans(const IfName& bridge) {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_REQUEST);
  message.header(link_header()).text(IFLA_IFNAME, bridge.text());
  message.nest(IFLA_LINKINFO, [](NetlinkMessage& info) {
    info.text(IFLA_INFO_KIND, "bridge").nest(IFLA_INFO_DATA, [](NetlinkMessage& data) {
      data.number<std::uint8_t>(IFLA_BR_VLAN_FILTERING, 1);
    });
  });
  auto done = socket_.request(message, "filter VLANs on bridge " + bridge.text());
  if (!done && done.error().code() == EOPNOTSUPP) return {};
  return done;
}

Result<> RtLinks::create_batman(const IfName& name) {
  NetlinkMessage message = creation(name, 0);
  message.nest(IFLA_LINKINFO, [](NetlinkMessage& info) { info.text(IFLA_INFO_KIND, "batadv"); });
  AIRTAP_CHECK(advise(
      socket_.request(message, "create batman-adv interface " + name.text()),
      {{EEXIST, name_taken}, {EOPNOTSUPP, "load the module batman-adv: modprobe batman-adv"}}));
  return or_remove(mark(name), name);
}

Result<> RtLinks::create_veth(const IfName& outer, const IfName& inner, unsigned mtu) {
  NetlinkMessage message = creation(outer, mtu);
  message.nest(IFLA_LINKINFO, [&inner, mtu](NetlinkMessage& info) {
    info.text(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA, [&inner, mtu](NetlinkMessage& data) {
      data.nest(VETH_INFO_PEER, [&inner, mtu](NetlinkMessage& peer) {
        peer.header(link_header()).text(IFLA_IFNAME, inner.text());
        if (mtu != 0) peer.number<std::uint32_t>(IFLA_MTU, mtu);
      });
    });
  });
  AIRTAP_CHECK(
      advise(socket_.request(message, "create veth pair " + outer.text() + ", " + inner.text()),
             {{EEXIST, name_taken}, {EOPNOTSUPP, "load the module veth"}}));
  AIRTAP_CHECK(or_remove(mark(outer), outer));
  return or_remove(mark(inner), outer);
}

Result<> RtLinks::create_above(const char* kind, const IfName& name, const IfName& lower,
                               unsigned mtu, const std::function<void(NetlinkMessage&)>& data) {
  const std::string what =
      std::string("create ") + kind + " " + name.text() + " on " + lower.text();
  auto below = find(lower);
  if (!below) return fail(below.error().within(what));

  NetlinkMessage message = creation(name, mtu);
  message.number<std::int32_t>(IFLA_LINK, below->ifindex)
      .nest(IFLA_LINKINFO, [kind, &data](NetlinkMessage& info) {
        info.text(IFLA_INFO_KIND, kind).nest(IFLA_INFO_DATA, data);
      });
  return socket_.request(message, what);
}

Result<> RtLinks::create_ipvlan_kind(const char* kind, const IfName& name, const IfName& lower,
                                     unsigned mtu) {
  return advise(
      create_above(kind, name, lower, mtu,
                   [](NetlinkMessage& data) {
                     // The kernel's default is L3, which carries no broadcast. Flags 0: ipvlan's
                     // bridge.
                     data.number<std::uint16_t>(IFLA_IPVLAN_MODE, IPVLAN_MODE_L2)
                         .number<std::uint16_t>(IFLA_IPVLAN_FLAGS, 0);
                   }),
      {{EEXIST, name_taken},
       {EOPNOTSUPP,
        "this kernel has no ipvlan: load the modules ipvlan and ipvtap, or choose mode macnat"},
       {EBUSY,
        "it already serves macvlan or macvtap, a bridge or a bond, or Intel's AMT (module "
        "iwlmei)"}});
}

Result<> RtLinks::create_ipvtap(const IfName& name, const IfName& lower, unsigned mtu) {
  AIRTAP_CHECK(create_ipvlan_kind("ipvtap", name, lower, mtu));
  return or_remove(finish_tap(name), name);
}

Result<> RtLinks::create_ipvlan(const IfName& name, const IfName& lower, unsigned mtu) {
  AIRTAP_CHECK(create_ipvlan_kind("ipvlan", name, lower, mtu));
  return or_remove(mark(name), name);
}

Result<> RtLinks::create_macvtap(const IfName& name, const IfName& lower, unsigned mtu) {
  AIRTAP_CHECK(
      advise(create_above("macvtap", name, lower, mtu,
                          [](NetlinkMessage& data) {
                            data.number<std::uint32_t>(IFLA_MACVLAN_MODE, MACVLAN_MODE_PASSTHRU);
                          }),
             {{EEXIST, name_taken},
              {EOPNOTSUPP,
               "this kernel has no macvtap: load the module macvtap, or choose mode macnat"}}));
  return or_remove(finish_tap(name), name);
}

Result<> RtLinks::adopt(const IfName& name) {
  AIRTAP_CHECK(mark(name));
  return set_flag(name, IFF_NOARP, true, "turn ARP off on");
}

Result<> RtLinks::finish_tap(const IfName& name) {
  AIRTAP_CHECK(mark(name));
  // ipvlan and macvlan hand a slave only the groups it joined; a guest's are known to it alone.
  AIRTAP_CHECK(set_flag(name, IFF_ALLMULTI, true, "receive all multicast on"));
  AIRTAP_TRY(const LinkFacts link, find(name));
  return ensure_tap_node(name, link.ifindex);
}

Result<> RtLinks::mark(const IfName& name) {
  // Not possible in RTM_NEWLINK: the kernel ignores IFLA_IFALIAS there.
  NetlinkMessage message = change(name);
  message.text(IFLA_IFALIAS, our_alias).number<std::uint32_t>(IFLA_GROUP, 0);
  AIRTAP_CHECK(socket_.request(message, "set alias of " + name.text()));
  return disable_ipv6(name);
}

Result<> RtLinks::or_remove(Result<> result, const IfName& name) {
  // The first error is the one to report; what stays behind is found by its name prefix.
  if (!result) (void)remove(name);
  return result;
}

Result<> RtLinks::remove(const IfName& name) {
  // ipvlan raises the uplink's allmulti count with a slave's flag and does not lower it when the
  // slave is deleted (ipvlan_change_rx_flags, ipvlan_link_delete). For others this changes nothing.
  AIRTAP_CHECK(set_flag(name, IFF_ALLMULTI, false, "remove link"));
  NetlinkMessage message(RTM_DELLINK, NLM_F_REQUEST);
  message.header(link_header()).text(IFLA_IFNAME, name.text());
  return socket_.request(message, "remove link " + name.text());
}

Result<> RtLinks::set_up(const IfName& name, bool up) {
  return advise(set_flag(name, IFF_UP, up, up ? "bring up" : "take down"),
                {{ERFKILL, "the radio is switched off: rfkill unblock wifi"}});
}

Result<> RtLinks::set_promiscuous(const IfName& name, bool on) {
  return set_flag(name, IFF_PROMISC, on, on ? "set promiscuous" : "clear promiscuous on");
}

Result<> RtLinks::join_bridge(const IfName& port, const IfName& bridge) {
  const std::string what = "join " + port.text() + " to bridge " + bridge.text();
  const auto master = find(bridge);
  if (!master) return fail(master.error().within(what));
  const auto link = find(port);
  if (!link) return fail(link.error().within(what));
  if (link->master != 0 && link->master != master->ifindex)
    return fail_errno(what, EBUSY, port.text() + " belongs to another bridge or bond");
  return advise(set_master(port, master->ifindex, what),
                {{EOPNOTSUPP, "a Wi-Fi station without 4-address frames cannot be a bridge port"},
                 {EBUSY, "the device already serves ipvlan, macvlan or a bond"}});
}

Result<> RtLinks::leave_bridge(const IfName& port) {
  return set_master(port, 0, "take " + port.text() + " out of its bridge");
}

Result<> RtLinks::set_flag(const IfName& name, unsigned flag, bool on, std::string_view what) {
  ifinfomsg header = link_header();
  header.ifi_flags = on ? flag : 0;
  header.ifi_change = flag;
  return socket_.request(change(name, header), std::string(what) + " " + name.text());
}

Result<> RtLinks::set_master(const IfName& port, int ifindex, std::string_view what) {
  NetlinkMessage message = change(port);
  message.number<std::int32_t>(IFLA_MASTER, ifindex);
  return socket_.request(message, what);
}

}  // namespace airtap
