// SPDX-License-Identifier: LGPL-2.1-or-later
//
// ipvtap, where the kernel has ipvlan (the testbed's), and the device node by the example of
// macvtap, which names its own in the same way.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "kernel/quiet.h"
#include "kernel/rt_links.h"
#include "kernel/tap_node.h"
#include "support/command.h"
#include "support/net_namespace.h"

namespace airtap {
namespace {

using test::ip_link;
using test::ip_link_has_flag;
using test::run;

IfName name(const char* text) { return *IfName::parse(text); }

// Out of the way of what the host itself may have.
constexpr int lonely_index = 70001;

std::unique_ptr<RtLinks> open_links() {
  auto opened = RtLinks::open();
  EXPECT_TRUE(opened);
  return opened ? *std::move(opened) : nullptr;
}

/// Device nodes are named by ifindex and shared by all namespaces: in two namespaces that begin
/// alike, tests that run at the same time would meet each other's. So, one after the other.
class DeviceNodeTest : public test::NetNamespaceTest {
 protected:
  void SetUp() override {
    NetNamespaceTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(::flock(lock_.get(), LOCK_EX), 0);
  }
  void TearDown() override {
    // At once: a namespace that ends gives its devices up some time later.
    if (!IsSkipped()) run("ip link del u0");
    NetNamespaceTest::TearDown();
  }

 private:
  UniqueFd lock_{::open("/tmp/airtap-device-node-test.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600)};
};

class IpvtapTest : public DeviceNodeTest {
 protected:
  void SetUp() override {
    DeviceNodeTest::SetUp();
    if (IsSkipped()) return;
    if (!test::kernel_has_link_kind("ipvtap mode l2")) GTEST_SKIP() << "this kernel has no ipvlan";
    run("ip link add u0 type veth peer name u1");
    run("ip link set u0 up");
    run("ip link set u1 up");
  }
};

/// air0 is of this kind, L2, 1400 bytes, ours, and down; returns what `ip` shows.
nlohmann::json expect_slave(const char* kind) {
  auto shown = ip_link("air0");
  EXPECT_EQ(shown["linkinfo"]["info_kind"].get<std::string>(), kind);
  EXPECT_EQ(shown["linkinfo"]["info_data"]["mode"].get<std::string>(), "l2");
  EXPECT_THAT(shown["linkinfo"]["info_data"].dump(), ::testing::HasSubstr("bridge"));
  EXPECT_EQ(shown["mtu"].get<int>(), 1400);
  EXPECT_EQ(shown["ifalias"].get<std::string>(), "airtap");
  EXPECT_FALSE(ip_link_has_flag(shown, "UP"));
  return shown;
}

class MacvtapTest : public DeviceNodeTest {
 protected:
  void SetUp() override {
    DeviceNodeTest::SetUp();
    if (IsSkipped()) return;
    run("ip link add u0 type veth peer name u1");
    if (!test::kernel_has_link_kind("macvtap mode passthru"))
      GTEST_SKIP() << "this kernel has no macvtap";
  }
};

TEST_F(MacvtapTest, HasTheDeviceBelowForItself) {
  const auto links = open_links();
  const auto made = links->create_macvtap(name("air0"), name("u0"), 1400);
  ASSERT_TRUE(made) << made.error().line();
  auto shown = ip_link("air0");
  EXPECT_EQ(shown["linkinfo"]["info_kind"].get<std::string>(), "macvtap");
  EXPECT_EQ(shown["linkinfo"]["info_data"]["mode"].get<std::string>(), "passthru");
  EXPECT_EQ(shown["address"].get<std::string>(), ip_link("u0")["address"].get<std::string>());
  EXPECT_EQ(shown["mtu"].get<int>(), 1400);
  EXPECT_EQ(shown["ifalias"].get<std::string>(), "airtap");
  EXPECT_TRUE(ip_link_has_flag(shown, "ALLMULTI"));
  EXPECT_EQ(::access(tap_node_path(shown["ifindex"].get<int>()).c_str(), F_OK), 0);
  EXPECT_EQ(links->create_macvtap(name("air1"), name("u0"), 0).error().code(), EINVAL);
  EXPECT_TRUE(links->remove(name("air0")));
}

TEST_F(MacvtapTest, IsKnownForOursFromTheFirstMoment) {
  const auto links = open_links();
  // As create_macvtap() leaves it when it is killed after its first message.
  ASSERT_EQ(run("ip link add link u0 name air0 group " + std::to_string(making_group) +
                " type macvtap mode passthru")
                .status,
            0);
  EXPECT_TRUE(links->find(name("air0"))->being_made);
  ASSERT_TRUE(links->remove(name("air0")));
  const auto made = links->create_macvtap(name("air0"), name("u0"), 0);
  ASSERT_TRUE(made) << made.error().line();
  EXPECT_FALSE(links->find(name("air0"))->being_made);
  EXPECT_EQ(ip_link("air0")["group"].get<std::string>(), "default");
}

TEST_F(MacvtapTest, TheHostKeepsOutOfTheDeviceBelow) {
  const auto links = open_links();
  ASSERT_TRUE(links->adopt(name("u0")));
  auto shown = ip_link("u0");
  EXPECT_TRUE(ip_link_has_flag(shown, "NOARP"));
  EXPECT_EQ(shown["ifalias"].get<std::string>(), "airtap");
  EXPECT_EQ(run("cat /proc/sys/net/ipv6/conf/u0/disable_ipv6").output, "1\n");
}

TEST_F(IpvtapTest, IsReadyForLibvirt) {
  const auto links = open_links();
  const auto made = links->create_ipvtap(name("air0"), name("u0"), 1400);
  ASSERT_TRUE(made) << made.error().line();
  auto shown = expect_slave("ipvtap");
  EXPECT_TRUE(ip_link_has_flag(shown, "ALLMULTI"));
  struct stat node {};
  ASSERT_EQ(::stat(tap_node_path(shown["ifindex"].get<int>()).c_str(), &node), 0);
  EXPECT_TRUE(S_ISCHR(node.st_mode));
  EXPECT_EQ(links->find(name("air0"))->lower, links->find(name("u0"))->ifindex);
  EXPECT_EQ(links->create_ipvtap(name("air0"), name("u0"), 0).error().code(), EEXIST);
}

TEST_F(IpvtapTest, RemovalGivesTheUplinksMulticastFilterBack) {
  const auto links = open_links();
  const auto allmulti = [] { return ip_link("u0").value("allmulti", -1); };
  const int before = allmulti();
  if (before < 0) GTEST_SKIP() << "this kernel or ip does not show the allmulti count";
  ASSERT_TRUE(links->create_ipvtap(name("air0"), name("u0"), 0));
  ASSERT_TRUE(links->set_up(name("air0"), true));
  EXPECT_EQ(allmulti(), before + 1);
  ASSERT_TRUE(links->remove(name("air0")));
  EXPECT_EQ(allmulti(), before);
}

TEST_F(IpvtapTest, AnIpvlanIsForAContainerAndGoesWithIt) {
  const auto links = open_links();
  const auto made = links->create_ipvlan(name("air0"), name("u0"), 1400);
  ASSERT_TRUE(made) << made.error().line();
  expect_slave("ipvlan");
  EXPECT_EQ(links->create_ipvlan(name("air0"), name("u0"), 0).error().code(), EEXIST);
  ASSERT_TRUE(links->remove(name("air0")));
  EXPECT_TRUE(ip_link("air0").is_null());
}

TEST_F(IpvtapTest, UplinkThatServesABridgeIsBusy) {
  const auto links = open_links();
  ASSERT_TRUE(links->create_bridge(name("b0"), 0));
  ASSERT_TRUE(links->join_bridge(name("u0"), name("b0")));
  const auto made = links->create_ipvtap(name("air0"), name("u0"), 0);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), EBUSY);
  EXPECT_THAT(made.error().hint(), ::testing::HasSubstr("macvlan"));
  EXPECT_TRUE(ip_link("air0").is_null());
}

class TapNodeTest : public DeviceNodeTest {
 protected:
  void SetUp() override {
    DeviceNodeTest::SetUp();
    if (IsSkipped()) return;
    if (!test::kernel_has_link_kind("macvtap")) GTEST_SKIP() << "this kernel has no macvtap";
    run("ip link add u0 type veth peer name u1");
    ASSERT_EQ(
        run("ip link add link u0 name m0 index " + std::to_string(lonely_index) + " type macvtap")
            .status,
        0);
  }
  const int index_ = lonely_index;
  const std::string path_ = tap_node_path(index_);
};

TEST_F(TapNodeTest, IsFoundAtOnce) { EXPECT_TRUE(ensure_tap_node(name("m0"), index_)); }

TEST_F(TapNodeTest, IsMadeWhereNobodyDoes) {
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(::stat(path_.c_str(), &before), 0);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  const auto ensured = ensure_tap_node(name("m0"), index_);
  ASSERT_TRUE(ensured) << ensured.error().line();
  ASSERT_EQ(::stat(path_.c_str(), &after), 0);
  EXPECT_EQ(after.st_rdev, before.st_rdev);
  EXPECT_EQ(after.st_mode & 07777U, 0600U);
  ::unlink(path_.c_str());
}

TEST_F(TapNodeTest, LeftOverNodeIsReplaced) {
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(::stat(path_.c_str(), &before), 0);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  ASSERT_EQ(::mknod(path_.c_str(), S_IFCHR | 0600, makedev(major(before.st_rdev), 99999)), 0);
  const auto ensured = ensure_tap_node(name("m0"), index_);
  ASSERT_TRUE(ensured) << ensured.error().line();
  ASSERT_EQ(::stat(path_.c_str(), &after), 0);
  EXPECT_EQ(after.st_rdev, before.st_rdev);
  ::unlink(path_.c_str());
}

TEST_F(TapNodeTest, NodeOfAnotherNamespaceIsRefused) {
  test::Machine other;
  ASSERT_TRUE(other.ready());
  const std::string index = std::to_string(index_ + 1);
  other.run("ip link add u0 type veth peer name u1");
  ASSERT_EQ(other.run("ip link add link u0 name m9 index " + index + " type macvtap").status, 0);
  ASSERT_EQ(run("ip link add link u0 name m9 index " + index + " type macvtap").status, 0)
      << "the kernel allows it, which is the trap";
  const auto ensured = ensure_tap_node(name("m9"), index_ + 1);
  ASSERT_FALSE(ensured);
  EXPECT_EQ(ensured.error().code(), EEXIST);
}

TEST_F(TapNodeTest, DeviceWithoutANodeTimesOut) {
  const auto ensured = ensure_tap_node(name("u0"), lonely_index + 9);
  ASSERT_FALSE(ensured);
  EXPECT_EQ(ensured.error().code(), ETIMEDOUT);
}

}  // namespace
}  // namespace airtap
