// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/events.h"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <poll.h>

#include <chrono>

#include "kernel/netlink_message.h"
#include "support/command.h"
#include "support/net_namespace.h"

namespace airtap {
namespace {

using namespace std::chrono_literals;
using test::run;

class Events : public test::NetNamespaceTest {
 protected:
  void SetUp() override {
    NetNamespaceTest::SetUp();
    if (IsSkipped()) return;
    run("ip link add u0 type veth peer name u1");
    run("ip link set u1 up");
    auto opened = KernelEvents::open();
    ASSERT_TRUE(opened) << opened.error().line();
    events_.emplace(*std::move(opened));
  }
  Happened next(std::chrono::milliseconds for_so_long = 100ms) {
    Happened all;
    for (const auto end = std::chrono::steady_clock::now() + for_so_long;
         std::chrono::steady_clock::now() < end;) {
      pollfd entry{.fd = events_->route_fd(), .events = POLLIN, .revents = 0};
      ::poll(&entry, 1, 20);
      const auto happened = events_->drain();
      EXPECT_TRUE(happened);
      if (!happened) break;
      all.anything |= happened->anything;
      all.link_came_up |= happened->link_came_up;
    }
    return all;
  }
  void expect_noticed(const std::string& command) {
    next();
    run(command);
    EXPECT_TRUE(next().anything) << command;
  }
  std::optional<KernelEvents> events_;
};

TEST_F(Events, SilenceIsNoEvent) {
  next();
  const Happened happened = next();
  EXPECT_FALSE(happened.anything);
  EXPECT_FALSE(happened.link_came_up);
}

TEST_F(Events, ChangesOfTheHostAreNoticed) {
  expect_noticed("ip link set u0 address 02:00:00:00:00:77");
  expect_noticed("ip link set u0 up");
  expect_noticed("ip address add 192.0.2.5/24 dev u0");
  expect_noticed("ip address add 2001:db8::5/64 dev u0 nodad");
  expect_noticed("ip route add default via 192.0.2.1");
  expect_noticed("ip -6 route add default via 2001:db8::1");
  expect_noticed("ip link del u0");
}

TEST_F(Events, ALinkThatWasDownAndRunsIsUp) {
  run("ip link set u0 up");
  next();
  run("ip link set u1 down");
  // The kernel tells of a carrier that is lost up to a second later (link_watch.c).
  EXPECT_FALSE(next(1300ms).link_came_up);
  run("ip link set u1 up");
  EXPECT_TRUE(next().link_came_up);
  run("ip address add 192.0.2.5/24 dev u0");
  EXPECT_FALSE(next().link_came_up) << "it was up before";
}

TEST_F(Events, AnOverrunIsAReasonToLookAtEverything) {
  next();
  // Each message takes about a kilobyte of the socket's megabyte.
  run("bash -c 'for i in $(seq 2000); do echo link set u0 address 02:00:00:00:00:77; "
      "echo link set u0 address 02:00:00:00:00:78; done | ip -batch -'");
  const Happened happened = next();
  EXPECT_TRUE(happened.anything);
  EXPECT_TRUE(happened.link_came_up);
  EXPECT_FALSE(next().link_came_up) << "and goes on after it";
}

TEST(LinkWatch, ATruncatedMessageIsNothing) {
  NetlinkMessage message(RTM_NEWLINK, 0);
  LinkWatch watch;
  EXPECT_FALSE(watch.came_up(nlmsg_hdr(message.get())));
}

}  // namespace
}  // namespace airtap
