// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Messages that no kernel sends: too short, of another kind, with attributes of a wrong size. What
// real kernels send is in rt_links_test.
#include "kernel/netlink_parse.h"

#include <gtest/gtest.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "kernel/netlink_message.h"

namespace airtap {
namespace {

/// The message cut to `length` bytes, in memory of exactly that size, and saying so.
template <class Parse>
auto parse_cut(const NetlinkMessage& message, std::size_t length, Parse parse) {
  std::vector<std::byte> bytes(length);
  std::memcpy(bytes.data(), nlmsg_hdr(message.get()), length);
  auto* header = reinterpret_cast<nlmsghdr*>(bytes.data());
  header->nlmsg_len = static_cast<std::uint32_t>(length);
  return parse(header);
}

std::size_t length_of(const NetlinkMessage& message) { return nlmsg_hdr(message.get())->nlmsg_len; }

NetlinkMessage link_message() {
  ifinfomsg header{};
  header.ifi_index = 7;
  header.ifi_type = ARPHRD_ETHER;
  NetlinkMessage message(RTM_NEWLINK, 0);
  message.header(header).text(IFLA_IFNAME, "wlan0").number<std::uint32_t>(IFLA_MTU, 1500);
  message.nest(IFLA_LINKINFO, [](NetlinkMessage& info) { info.text(IFLA_INFO_KIND, "veth"); });
  return message;
}

NetlinkMessage multipath_message(std::uint16_t hop_length) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_type = RTN_UNICAST;
  struct {
    rtnexthop hop{};
    nlattr gateway{.nla_len = 8, .nla_type = RTA_GATEWAY};
    std::uint8_t address[4] = {192, 0, 2, 1};
  } hops[2];
  for (auto& hop : hops) {
    hop.hop.rtnh_len = hop_length;
    hop.hop.rtnh_ifindex = 3;
  }
  NetlinkMessage message(RTM_NEWROUTE, 0);
  message.header(header).bytes(RTA_MULTIPATH, hops, sizeof hops);
  return message;
}

TEST(NetlinkParseTest, CutMessagesAreNoLinks) {
  const auto message = link_message();
  const auto whole = parse_cut(message, length_of(message), parse_link);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->name.text(), "wlan0");
  EXPECT_EQ(whole->kind, "veth");
  for (std::size_t length = sizeof(nlmsghdr); length < length_of(message); ++length) {
    const auto cut = parse_cut(message, length, parse_link);
    if (cut) {
      EXPECT_EQ(cut->name.text(), "wlan0") << length;
    }
  }
}

TEST(NetlinkParseTest, CountersOfAKernelThatKnowsFewerAreRead) {
  rtnl_link_stats64 sent{};
  sent.rx_packets = 1;
  sent.tx_dropped = 8;
  NetlinkMessage message(RTM_NEWLINK, 0);
  message.header(ifinfomsg{}).bytes(IFLA_STATS64, &sent, 23 * 8);
  const auto found = parse_cut(message, length_of(message), parse_link_counters);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rx_packets, 1U);
  EXPECT_EQ(found->tx_dropped, 8U);
  for (std::size_t length = sizeof(nlmsghdr); length < length_of(message); ++length)
    EXPECT_FALSE(parse_cut(message, length, parse_link_counters)) << length;

  NetlinkMessage shorter(RTM_NEWLINK, 0);
  shorter.header(ifinfomsg{}).bytes(IFLA_STATS64, &sent, 8);
  EXPECT_EQ(parse_cut(shorter, length_of(shorter), parse_link_counters)->rx_packets, 1U);
  EXPECT_FALSE(parse_cut(link_message(), length_of(link_message()), parse_link_counters));
}

TEST(NetlinkParseTest, ModeOfAnIpvlan) {
  const auto is_l2_bridge = [](const char* kind, int mode, int flags) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    message.header(ifinfomsg{}).text(IFLA_IFNAME, "ip0");
    message.nest(IFLA_LINKINFO, [=](NetlinkMessage& info) {
      info.text(IFLA_INFO_KIND, kind).nest(IFLA_INFO_DATA, [=](NetlinkMessage& data) {
        data.number<std::uint16_t>(IFLA_IPVLAN_MODE, static_cast<std::uint16_t>(mode))
            .number<std::uint16_t>(IFLA_IPVLAN_FLAGS, static_cast<std::uint16_t>(flags));
      });
    });
    return parse_cut(message, length_of(message), parse_link)->ipvlan_l2_bridge;
  };
  EXPECT_TRUE(is_l2_bridge("ipvlan", IPVLAN_MODE_L2, 0));
  EXPECT_TRUE(is_l2_bridge("ipvtap", IPVLAN_MODE_L2, 0));
  EXPECT_FALSE(is_l2_bridge("ipvlan", IPVLAN_MODE_L3, 0));
  EXPECT_FALSE(is_l2_bridge("ipvlan", IPVLAN_MODE_L2, IPVLAN_F_PRIVATE));
  EXPECT_FALSE(is_l2_bridge("macvlan", IPVLAN_MODE_L2, 0));
}

TEST(NetlinkParseTest, OtherKindsOfMessage) {
  const auto message = link_message();
  EXPECT_FALSE(parse_cut(message, length_of(message), parse_address));
  EXPECT_FALSE(parse_cut(message, length_of(message), parse_default_route));
}

TEST(NetlinkParseTest, AttributesOfAWrongSize) {
  NetlinkMessage mtu(RTM_NEWLINK, 0);
  mtu.header(ifinfomsg{}).text(IFLA_IFNAME, "wlan0").number<std::uint8_t>(IFLA_MTU, 1);
  EXPECT_FALSE(parse_cut(mtu, length_of(mtu), parse_link));

  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  NetlinkMessage address(RTM_NEWADDR, 0);
  address.header(header).bytes(IFA_LOCAL, "abc", 3);
  EXPECT_FALSE(parse_cut(address, length_of(address), parse_address));
}

TEST(NetlinkParseTest, NeighboursWithoutAMacOrOfAnotherKindAreNone) {
  const auto neighbour = [](int family, std::size_t mac_size) {
    ndmsg header{};
    header.ndm_family = static_cast<unsigned char>(family);
    header.ndm_ifindex = 7;
    NetlinkMessage message(RTM_NEWNEIGH, 0);
    message.header(header).bytes(NDA_DST, "\xc0\x00\x02\x01", 4);
    if (mac_size != 0) message.bytes(NDA_LLADDR, "\x02\x00\x00\x00\x00\x01\x01\x01", mac_size);
    return message;
  };
  const auto whole = neighbour(AF_INET, 6);
  const auto found = parse_cut(whole, length_of(whole), parse_neighbour);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (Neighbour{7, *IpAddress::parse("192.0.2.1"),
                               *MacAddress::parse("02:00:00:00:00:01")}));
  for (std::size_t length = sizeof(nlmsghdr); length < length_of(whole); ++length) {
    const auto cut = parse_cut(whole, length, parse_neighbour);
    if (cut) {
      EXPECT_EQ(*cut, *found) << length;  // only padding is missing
    }
  }
  for (const auto& message :
       {neighbour(AF_INET, 0), neighbour(AF_INET, 8), neighbour(AF_BRIDGE, 6)})
    EXPECT_FALSE(parse_cut(message, length_of(message), parse_neighbour));
}

TEST(NetlinkParseTest, NextHopsThatLieAboutTheirLength) {
  const auto count = [](std::uint16_t length) {
    const auto message = multipath_message(length);
    const auto gateways = parse_cut(message, length_of(message), parse_default_route);
    return gateways ? gateways->size() : 0;
  };
  EXPECT_EQ(count(16), 2U);
  for (const std::uint16_t length : std::vector<std::uint16_t>{0, 7, 33, 65535})
    EXPECT_EQ(count(length), 0U) << length;
  for (std::uint16_t length = 8; length < 33; ++length) EXPECT_LE(count(length), 2U);
}

}  // namespace
}  // namespace airtap
