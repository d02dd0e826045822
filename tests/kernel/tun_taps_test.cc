// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/tun_taps.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "support/command.h"
#include "support/net_namespace.h"

namespace airtap {
namespace {

using test::ip_link;
using test::run;

IfName name(const char* text) { return *IfName::parse(text); }

class TunTapsTest : public test::NetNamespaceTest {
 protected:
  void SetUp() override {
    NetNamespaceTest::SetUp();
    if (IsSkipped()) return;
    const UniqueFd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    if (!tun.valid()) GTEST_SKIP() << "this kernel has no tun";
    auto opened = TunTaps::open();
    ASSERT_TRUE(opened) << opened.error().line();
    taps_ = *std::move(opened);
  }
  void TearDown() override {
    taps_.reset();
    NetNamespaceTest::TearDown();
  }
  TunTaps& taps() { return *taps_; }

  /// As libvirt opens it (virNetDevTapCreate): 0, or the errno.
  static int attach(const char* device, int extra_flags) {
    const UniqueFd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    ifreq request{};
    std::string(device).copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | extra_flags);
    return ::ioctl(tun.get(), TUNSETIFF, &request) == 0 ? 0 : errno;
  }

 private:
  std::unique_ptr<TunTaps> taps_;
};

TEST_F(TunTapsTest, IsReadyForLibvirt) {
  const auto made = taps().create(name("airtap0"), 1, 1400, 4711);
  ASSERT_TRUE(made) << made.error().line();
  const auto shown = ip_link("airtap0");
  ASSERT_FALSE(shown.is_null()) << "it outlives the descriptor";
  EXPECT_EQ(shown["mtu"].get<int>(), 1400);
  EXPECT_EQ(shown["ifalias"].get<std::string>(), "airtap");
  EXPECT_THAT(shown["address"].get<std::string>(), ::testing::StartsWith("fe:"));
  EXPECT_FALSE(test::ip_link_has_flag(shown, "UP"));
  const auto& data = shown["linkinfo"]["info_data"];
  EXPECT_EQ(data["type"].get<std::string>(), "tap");
  EXPECT_TRUE(data["persist"].get<bool>());
  EXPECT_FALSE(data["pi"].get<bool>());
  EXPECT_TRUE(data["vnet_hdr"].get<bool>());
  EXPECT_FALSE(data["multi_queue"].get<bool>());
  EXPECT_EQ(data["user"].dump(), "4711");
  EXPECT_EQ(attach("airtap0", 0), 0);
  EXPECT_EQ(attach("airtap0", IFF_MULTI_QUEUE), EINVAL);
}

TEST_F(TunTapsTest, SeveralQueuesMakeItMultiQueue) {
  ASSERT_TRUE(taps().create(name("airtap0"), 4, 0, 0));
  EXPECT_TRUE(ip_link("airtap0")["linkinfo"]["info_data"]["multi_queue"].get<bool>());
  EXPECT_EQ(attach("airtap0", IFF_MULTI_QUEUE), 0);
  EXPECT_EQ(attach("airtap0", 0), EINVAL);
}

TEST_F(TunTapsTest, StaysOutOfTheHostsIpv6) {
  ASSERT_TRUE(taps().create(name("airtap0"), 1, 0, 0));
  run("ip link set airtap0 up");
  EXPECT_EQ(run("ip -6 -o address show dev airtap0").output, "");
}

TEST_F(TunTapsTest, NameTakenIsEexist) {
  ASSERT_TRUE(taps().create(name("airtap0"), 1, 0, 0));
  run("ip link add airtap1 type veth peer name u1");
  for (const char* taken : {"airtap0", "airtap1"}) {
    const auto made = taps().create(name(taken), 1, 0, 0);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), EEXIST) << made.error().line();
    EXPECT_FALSE(made.error().hint().empty());
    EXPECT_FALSE(ip_link(taken).is_null());
  }
}

TEST_F(TunTapsTest, FailureLeavesNothing) {
  const auto made = taps().create(name("airtap0"), 1, 1000000, 0);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), EINVAL);
  EXPECT_THAT(made.error().line(), ::testing::HasSubstr("create TAP airtap0"));
  EXPECT_TRUE(ip_link("airtap0").is_null());
}

TEST_F(TunTapsTest, WithoutPrivilegeTheErrorSaysSo) {
  EXPECT_TRUE(test::true_without_privilege([this] {
    const auto made = taps().create(name("airtap0"), 1, 0, 0);
    return !made && (made.error().code() == EPERM || made.error().code() == EACCES) &&
           made.error().hint().find("CAP_NET_ADMIN") != std::string::npos;
  }));
}

TEST_F(TunTapsTest, NothingLeaks) {
  const auto before = test::open_fds();
  for (int round = 0; round < 20; ++round) (void)taps().create(name("airtap0"), 1, 0, 0);
  for (int round = 0; round < 20; ++round) (void)TunTaps::open();
  EXPECT_EQ(test::open_fds(), before);
}

}  // namespace
}  // namespace airtap
