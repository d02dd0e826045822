// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/rt_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "support/command.h"
#include "support/net_namespace.h"

namespace airtap {
namespace {

using test::ip_link;
using test::ip_link_has_flag;
using test::run;
using ::testing::HasSubstr;

IfName name(const char* text) { return *IfName::parse(text); }

std::string ipv6_disabled(const std::string& device) {
  std::ifstream file("/proc/sys/net/ipv6/conf/" + device + "/disable_ipv6");
  std::string value;
  file >> value;
  return value;
}

class RtLinksTest : public test::NetNamespaceTest {
 protected:
  void SetUp() override {
    NetNamespaceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto opened = RtLinks::open();
    ASSERT_TRUE(opened) << opened.error().line();
    links_ = *std::move(opened);
  }
  void TearDown() override {
    links_.reset();
    NetNamespaceTest::TearDown();
  }
  RtLinks& links() { return *links_; }

  /// An uplink with carrier, u0.
  static void make_uplink() {
    run("ip link add u0 type veth peer name u1");
    run("ip link set u0 up");
    run("ip link set u1 up");
  }

 private:
  std::unique_ptr<RtLinks> links_;
};

TEST_F(RtLinksTest, CountsWhatIpCounts) {
  run("ip link set lo up");
  run("bash -c 'echo >/dev/udp/127.0.0.1/9; echo >/dev/udp/127.0.0.1/9'");
  const auto counters = links().counters(name("lo"));
  ASSERT_TRUE(counters) << counters.error().line();
  const auto shown = nlohmann::json::parse(run("ip -s -j link show lo").output);
  const auto& expected = shown.at(0).at("stats64");
  EXPECT_GE(counters->tx_packets, 2U);
  EXPECT_EQ(counters->tx_packets, expected.at("tx").at("packets"));
  EXPECT_EQ(counters->tx_bytes, expected.at("tx").at("bytes"));
  EXPECT_EQ(counters->rx_packets, expected.at("rx").at("packets"));
  EXPECT_EQ(counters->rx_bytes, expected.at("rx").at("bytes"));

  run("ip link add b0 type bridge");
  run("ip link add u0 master b0 type veth peer name u1");
  EXPECT_EQ(links().counters(name("u0"))->tx_dropped, 0U);
  EXPECT_EQ(links().counters(name("u9")).error().code(), ENODEV);
}

TEST_F(RtLinksTest, ListsWhatIpShows) {
  run("ip link add u0 address 02:00:00:00:00:01 mtu 1400 type veth peer name u1");
  run("ip link set u0 alias attic");
  run("ip link set u0 up promisc on");
  run("ip link set u1 up");
  run("ip link add b0 type bridge");
  run("ip link set u1 master b0");

  const auto list = links().list();
  ASSERT_TRUE(list) << list.error().line();
  HostFacts host{.links = *list, .uplinks = {}};
  const LinkFacts* u0 = host.find_link("u0");
  const LinkFacts* u1 = host.find_link("u1");
  const LinkFacts* b0 = host.find_link("b0");
  const LinkFacts* lo = host.find_link("lo");
  ASSERT_TRUE(u0 && u1 && b0 && lo);

  const auto shown = ip_link("u0");
  EXPECT_EQ(u0->ifindex, shown["ifindex"].get<int>());
  EXPECT_EQ(u0->mac.text(), shown["address"].get<std::string>());
  EXPECT_EQ(u0->mtu, 1400U);
  EXPECT_EQ(u0->kind, "veth");
  EXPECT_EQ(u0->alias, "attic");
  EXPECT_TRUE(u0->up && u0->carrier && u0->promiscuous && u0->ethernet);
  EXPECT_FALSE(u0->loopback);
  EXPECT_EQ(u0->lower, u1->ifindex);
  EXPECT_EQ(u1->master, b0->ifindex);
  // Promiscuous because the bridge wants it, not because a user does.
  EXPECT_FALSE(u1->promiscuous);
  EXPECT_EQ(ip_link("u1")["promiscuity"].get<int>(), 1);
  EXPECT_EQ(b0->kind, "bridge");
  EXPECT_FALSE(b0->up);
  EXPECT_TRUE(lo->loopback);
  EXPECT_FALSE(lo->ethernet);
  EXPECT_EQ(*links().find(name("u0")), *u0);
}

TEST_F(RtLinksTest, LowerLinkOfAnotherNamespaceIsNoLinkOfOurs) {
  test::Machine other;
  ASSERT_TRUE(other.ready());
  run("ip link add u0 type veth peer name u1");
  run("ip link set u1 netns " + other.pid());
  EXPECT_EQ(links().find(name("u0"))->lower, 0);
}

TEST_F(RtLinksTest, ListsAThousandLinks) {
  {
    std::ofstream batch("/tmp/airtap-links-test.batch");
    for (int index = 0; index < 500; ++index)
      batch << "link add left" << index << " type veth peer name right" << index << "\n";
  }
  ASSERT_EQ(run("ip -batch /tmp/airtap-links-test.batch").status, 0);
  std::remove("/tmp/airtap-links-test.batch");
  const auto list = links().list();
  ASSERT_TRUE(list) << list.error().line();
  HostFacts host{.links = *list, .uplinks = {}};
  EXPECT_GE(list->size(), 1001U);
  EXPECT_TRUE(host.find_link("left0") && host.find_link("right499"));
}

TEST_F(RtLinksTest, ListIsWholeWhileLinksComeAndGo) {
  // Enough links for a dump of several datagrams: changes in between interrupt it
  // (NLM_F_DUMP_INTR).
  for (int index = 0; index < 100; ++index) {
    const std::string number = std::to_string(index);
    const auto stay = IfName::parse("stay" + number);
    const auto also = IfName::parse("also" + number);
    ASSERT_TRUE(links().create_veth(*stay, *also, 0));
  }
  const test::Child restless([] {
    auto own = RtLinks::open();
    while (own) {
      (void)(*own)->create_veth(name("go0"), name("go1"), 0);
      ::usleep(2000);
      (void)(*own)->remove(name("go0"));
    }
  });
  for (int round = 0; round < 100; ++round) {
    const auto list = links().list();
    ASSERT_TRUE(list) << list.error().line();
    const auto stayed = std::ranges::count_if(
        *list, [](const LinkFacts& link) { return !link.name.text().starts_with("go"); });
    ASSERT_EQ(stayed, 201) << "round " << round;
  }
}

TEST_F(RtLinksTest, MissingLinkIsEnodev) {
  const auto found = links().find(name("nothere"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ENODEV);
  EXPECT_THAT(found.error().line(), HasSubstr("nothere"));
  EXPECT_EQ(links().remove(name("nothere")).error().code(), ENODEV);
  EXPECT_EQ(links().set_up(name("nothere"), true).error().code(), ENODEV);
  EXPECT_EQ(links().set_promiscuous(name("nothere"), true).error().code(), ENODEV);
  EXPECT_EQ(links().leave_bridge(name("nothere")).error().code(), ENODEV);
  EXPECT_EQ(links().join_bridge(name("nothere"), name("lo")).error().code(), ENODEV);
  EXPECT_EQ(links().create_ipvtap(name("i0"), name("nothere"), 0).error().code(), ENODEV);
}

TEST_F(RtLinksTest, BridgeIsQuietAndForwardsAtOnce) {
  const auto made = links().create_bridge(name("airbr0"), 1400);
  ASSERT_TRUE(made) << made.error().line();
  const auto shown = ip_link("airbr0");
  EXPECT_EQ(shown["mtu"].get<int>(), 1400);
  EXPECT_EQ(shown["ifalias"].get<std::string>(), "airtap");
  EXPECT_FALSE(ip_link_has_flag(shown, "UP"));
  const auto& data = shown["linkinfo"]["info_data"];
  EXPECT_EQ(data["forward_delay"].get<int>(), 0);
  EXPECT_EQ(data["stp_state"].get<int>(), 0);
  EXPECT_EQ(data["mcast_snooping"].get<int>(), 0);
  // Some kernels are built without.
  const bool can = run("ip link add vlans0 type bridge vlan_filtering 1").status == 0;
  EXPECT_EQ(data.value("vlan_filtering", 0), can ? 1 : 0);
  EXPECT_EQ(links().find(name("airbr0"))->vlan_filtering, can);
  EXPECT_THAT(ipv6_disabled("airbr0"), ::testing::AnyOf("1", ""));

  EXPECT_TRUE(links().set_up(name("airbr0"), true));
  EXPECT_TRUE(ip_link_has_flag(ip_link("airbr0"), "UP"));
  EXPECT_EQ(run("ip -6 -o address show dev airbr0").output, "");
  EXPECT_TRUE(links().remove(name("airbr0")));
  EXPECT_TRUE(ip_link("airbr0").is_null());
}

TEST_F(RtLinksTest, VethPair) {
  const auto made = links().create_veth(name("airo0"), name("airi0"), 1300);
  ASSERT_TRUE(made) << made.error().line();
  for (const char* end : {"airo0", "airi0"}) {
    const auto shown = ip_link(end);
    EXPECT_EQ(shown["mtu"].get<int>(), 1300);
    EXPECT_EQ(shown["ifalias"].get<std::string>(), "airtap");
    EXPECT_EQ(shown["linkinfo"]["info_kind"].get<std::string>(), "veth");
    EXPECT_THAT(ipv6_disabled(end), ::testing::AnyOf("1", ""));
  }
  EXPECT_EQ(ip_link("airo0")["link"].get<std::string>(), "airi0");
  EXPECT_TRUE(links().remove(name("airi0")));
  EXPECT_TRUE(ip_link("airo0").is_null());
}

TEST_F(RtLinksTest, NameTakenIsEexistAndLeavesTheOtherAlone) {
  run("ip link add airbr0 type veth peer name u1");
  const auto bridge = links().create_bridge(name("airbr0"), 0);
  ASSERT_FALSE(bridge);
  EXPECT_EQ(bridge.error().code(), EEXIST);
  EXPECT_THAT(bridge.error().line(), HasSubstr("create bridge airbr0: File exists"));
  EXPECT_THAT(bridge.error().hint(), HasSubstr("choose another name"));
  EXPECT_EQ(links().create_veth(name("fresh0"), name("u1"), 0).error().code(), EEXIST);
  EXPECT_TRUE(ip_link("fresh0").is_null());
  EXPECT_EQ(ip_link("airbr0")["linkinfo"]["info_kind"].get<std::string>(), "veth");
}

TEST_F(RtLinksTest, FlagsChangeAlone) {
  make_uplink();
  run("ip link set u0 allmulticast on");
  ASSERT_TRUE(links().set_promiscuous(name("u0"), true));
  auto shown = ip_link("u0");
  EXPECT_TRUE(ip_link_has_flag(shown, "PROMISC") && ip_link_has_flag(shown, "UP") &&
              ip_link_has_flag(shown, "ALLMULTI"));
  ASSERT_TRUE(links().set_promiscuous(name("u0"), false));
  ASSERT_TRUE(links().set_up(name("u0"), false));
  shown = ip_link("u0");
  EXPECT_FALSE(ip_link_has_flag(shown, "PROMISC") || ip_link_has_flag(shown, "UP"));
  EXPECT_TRUE(ip_link_has_flag(shown, "ALLMULTI"));
}

TEST_F(RtLinksTest, JoinsAndLeavesABridge) {
  make_uplink();
  ASSERT_TRUE(links().create_bridge(name("airbr0"), 0));
  ASSERT_TRUE(links().create_bridge(name("airbr1"), 0));
  ASSERT_TRUE(links().join_bridge(name("u0"), name("airbr0")));
  EXPECT_EQ(ip_link("u0")["master"].get<std::string>(), "airbr0");
  EXPECT_TRUE(links().join_bridge(name("u0"), name("airbr0"))) << "again is no error";

  const auto stolen = links().join_bridge(name("u0"), name("airbr1"));
  ASSERT_FALSE(stolen);
  EXPECT_EQ(stolen.error().code(), EBUSY);
  EXPECT_EQ(ip_link("u0")["master"].get<std::string>(), "airbr0");

  ASSERT_TRUE(links().leave_bridge(name("u0")));
  EXPECT_FALSE(ip_link("u0").contains("master"));
}

TEST_F(RtLinksTest, ErrorsCarryTheKernelsExplanation) {
  ASSERT_TRUE(links().create_bridge(name("airbr0"), 0));
  ASSERT_TRUE(links().create_bridge(name("airbr1"), 0));
  const auto nested = links().join_bridge(name("airbr1"), name("airbr0"));
  ASSERT_FALSE(nested);
  EXPECT_EQ(nested.error().code(), ELOOP);
  EXPECT_THAT(nested.error().what(), HasSubstr("Can not enslave a bridge to a bridge"));
}

TEST_F(RtLinksTest, WithoutPrivilegeTheErrorSaysSo) {
  EXPECT_TRUE(test::true_without_privilege([this] {
    const auto made = links().create_bridge(name("airbr0"), 0);
    return !made && made.error().code() == EPERM &&
           made.error().hint().find("CAP_NET_ADMIN") != std::string::npos && links().list();
  }));
}

TEST_F(RtLinksTest, ReadsAddresses) {
  make_uplink();
  run("ip address add 192.0.2.5/24 broadcast 192.0.2.255 dev u0");
  run("ip address add 198.51.100.1 peer 198.51.100.2/32 dev u0");
  run("ip address add 2001:db8::5/64 dev u0 nodad");
  const auto addresses = links().addresses();
  ASSERT_TRUE(addresses) << addresses.error().line();
  const int u0 = links().find(name("u0"))->ifindex;
  const auto ip = [](const char* text) { return *IpAddress::parse(text); };
  using ::testing::Contains;
  EXPECT_THAT(*addresses, Contains(HostAddress{u0, ip("192.0.2.5"), 24, ip("192.0.2.255")}));
  EXPECT_THAT(*addresses, Contains(HostAddress{u0, ip("198.51.100.1"), 32, std::nullopt}));
  EXPECT_THAT(*addresses, Contains(HostAddress{u0, ip("2001:db8::5"), 64, std::nullopt}));
}

TEST_F(RtLinksTest, ReadsGatewaysOfBothFamiliesByMetric) {
  make_uplink();
  run("ip address add 192.0.2.5/24 dev u0");
  run("ip address add 198.51.100.5/24 dev u1");
  run("ip address add 2001:db8::5/64 dev u0 nodad");
  run("ip route add default via 192.0.2.1 dev u0 metric 600");
  run("ip route add default metric 100 nexthop via 192.0.2.2 dev u0 nexthop via 198.51.100.2 dev "
      "u1");
  run("ip -6 route add default via fe80::1 dev u0 metric 50");
  run("ip route add default via 192.0.2.9 dev u0 table 77");
  run("ip route add 203.0.113.0/24 via 192.0.2.8 dev u0");
  run("ip route add unreachable default metric 4000");
  run("ip route add default dev u1 metric 5000");
  const auto gateways = links().gateways();
  ASSERT_TRUE(gateways) << gateways.error().line();
  const int u0 = links().find(name("u0"))->ifindex;
  const int u1 = links().find(name("u1"))->ifindex;
  const auto ip = [](const char* text) { return *IpAddress::parse(text); };
  EXPECT_THAT(*gateways, ::testing::ElementsAre(Gateway{u0, ip("fe80::1"), 50},
                                                Gateway{u0, ip("192.0.2.2"), 100},
                                                Gateway{u1, ip("198.51.100.2"), 100},
                                                Gateway{u0, ip("192.0.2.1"), 600}));
}

TEST_F(RtLinksTest, NextHopOfTheOtherFamily) {
  make_uplink();
  ASSERT_EQ(run("ip route add default via inet6 fe80::7 dev u0").status, 0);
  const auto gateways = links().gateways();
  ASSERT_TRUE(gateways) << gateways.error().line();
  ASSERT_EQ(gateways->size(), 1U);
  EXPECT_EQ(gateways->front().address.text(), "fe80::7");
}

TEST_F(RtLinksTest, ReadsNeighboursAndHasThemLookedFor) {
  test::Machine router;
  ASSERT_TRUE(router.ready());
  make_uplink();
  run("ip link set u1 netns " + router.pid());
  router.run("ip address add 192.0.2.1/24 dev u1");
  router.run("ip link set u1 address 02:00:00:00:00:fe up");
  run("ip address add 192.0.2.5/24 dev u0");
  run("ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev u0");
  run("ip neigh add 2001:db8::7 lladdr 02:00:00:00:00:07 dev u0");
  const int u0 = links().find(name("u0"))->ifindex;
  const auto mac = [](const char* text) { return *MacAddress::parse(text); };
  const auto ip = [](const char* text) { return *IpAddress::parse(text); };
  const auto has = [&](const Neighbour& wanted) {
    const auto all = links().neighbours();
    return all && std::ranges::find(*all, wanted) != all->end();
  };
  EXPECT_TRUE(has({u0, ip("192.0.2.7"), mac("02:00:00:00:00:07")}));
  EXPECT_TRUE(has({u0, ip("2001:db8::7"), mac("02:00:00:00:00:07")}));
  const Neighbour gateway{u0, ip("192.0.2.1"), mac("02:00:00:00:00:fe")};
  EXPECT_FALSE(has(gateway));
  const auto asked = links().solicit(u0, gateway.address);
  ASSERT_TRUE(asked) << asked.error().line();
  for (int i = 0; i < 100 && !has(gateway); ++i) ::usleep(10000);
  EXPECT_TRUE(has(gateway));
  ASSERT_TRUE(links().solicit(u0, ip("2001:db8::8"))) << "whether it answers is another matter";
}

TEST_F(RtLinksTest, KernelWithoutIpvlanIsToldApart) {
  if (test::kernel_has_link_kind("ipvtap mode l2")) GTEST_SKIP() << "this kernel has ipvlan";
  make_uplink();
  const auto made = links().create_ipvtap(name("air0"), name("u0"), 0);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), EOPNOTSUPP);
  EXPECT_THAT(made.error().hint(), HasSubstr("macnat"));
}

TEST_F(RtLinksTest, NothingLeaks) {
  make_uplink();
  const auto all = [this] {
    (void)links().list();
    (void)links().addresses();
    (void)links().gateways();
    (void)links().create_bridge(name("airbr0"), 0);
    (void)links().create_bridge(name("airbr0"), 0);
    (void)links().remove(name("airbr0"));
    (void)links().create_ipvtap(name("air0"), name("u0"), 0);
    (void)links().remove(name("air0"));
    (void)RtLinks::open();
  };
  all();
  const auto before = test::open_fds();
  for (int round = 0; round < 20; ++round) all();
  EXPECT_EQ(test::open_fds(), before);
}

}  // namespace
}  // namespace airtap
