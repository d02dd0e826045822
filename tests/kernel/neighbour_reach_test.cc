// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/neighbour_reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

#include "kernel/rt_links.h"
#include "support/command.h"
#include "support/net_namespace.h"

namespace airtap {
namespace {

using namespace std::chrono_literals;
using test::run;

IpAddress ip(const char* text) { return *IpAddress::parse(text); }

class NeighbourReachTest : public test::NetNamespaceTest {
 protected:
  void SetUp() override {
    NetNamespaceTest::SetUp();
    if (IsSkipped()) return;
    peer_.emplace();
    ASSERT_TRUE(peer_->ready());
    run("ip link add u0 type veth peer name u1");
    run("ip link set u1 netns " + peer_->pid());
    // No address that still has to prove itself (DAD) when the test asks.
    run("ip link set u0 addrgenmode none up");
    peer_->run("ip link set u1 addrgenmode none up");
    run("ip address add 192.0.2.5/24 dev u0");
    run("ip address add fe80::5/64 dev u0 nodad");
    peer_->run("ip address add 192.0.2.1/24 dev u1");
    peer_->run("ip address add fe80::1/64 dev u1 nodad");
    peer_->run("ip address add 2001:db8::1/64 dev u1 nodad");
    auto opened = RtLinks::open();
    ASSERT_TRUE(opened);
    links_ = *std::move(opened);
    index_ = links_->find(*IfName::parse("u0"))->ifindex;
    reach_.emplace(*links_);
  }
  void TearDown() override {
    peer_.reset();
    reach_.reset();
    links_.reset();
    NetNamespaceTest::TearDown();
  }
  /// 0, or the errno of the error.
  int ask(const char* neighbour, std::chrono::milliseconds timeout = 1000ms) {
    const auto answer = reach_->answers(index_, ip(neighbour), timeout);
    return answer ? 0 : answer.error().code();
  }

  std::optional<test::Machine> peer_;
  std::unique_ptr<RtLinks> links_;
  std::optional<NeighbourReach> reach_;
  int index_ = 0;
};

TEST_F(NeighbourReachTest, NeighbourAnswers) {
  EXPECT_EQ(ask("192.0.2.1"), 0);
  EXPECT_EQ(ask("fe80::1"), 0);
  EXPECT_EQ(ask("2001:db8::1"), 0);
}

TEST_F(NeighbourReachTest, AnswersWithoutAnAddressOfTheHost) {
  run("ip address flush dev u0");
  EXPECT_EQ(ask("192.0.2.1"), 0);
  EXPECT_EQ(ask("fe80::1", 300ms), EADDRNOTAVAIL);
}

TEST_F(NeighbourReachTest, SilenceTimesOut) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(ask("192.0.2.77", 300ms), ETIMEDOUT);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, 5000ms);
  EXPECT_EQ(ask("fe80::77", 300ms), ETIMEDOUT);
}

TEST_F(NeighbourReachTest, HostsNeighbourCacheIsNotAsked) {
  run("ip neighbour replace 192.0.2.1 lladdr 02:00:00:00:00:01 dev u0 nud permanent");
  peer_->run("ip link set u1 arp off");
  EXPECT_EQ(ask("192.0.2.1", 300ms), ETIMEDOUT);
}

TEST_F(NeighbourReachTest, AsksAgain) {
  peer_->run("ip link set u1 arp off");
  const test::Child later([this] {
    ::usleep(300000);
    peer_->run("ip link set u1 arp on");
  });
  EXPECT_EQ(ask("192.0.2.1", 3000ms), 0);
}

TEST_F(NeighbourReachTest, LinkThatIsDownOrGone) {
  run("ip link set u0 down");
  EXPECT_EQ(ask("192.0.2.1", 300ms), ENETDOWN);
  run("ip link del u0");
  EXPECT_EQ(ask("192.0.2.1", 300ms), ENODEV);
}

TEST_F(NeighbourReachTest, NothingLeaks) {
  const auto before = test::open_fds();
  for (int round = 0; round < 5; ++round) {
    (void)ask("192.0.2.1");
    (void)ask("192.0.2.77", 10ms);
  }
  EXPECT_EQ(test::open_fds(), before);
}

// The pure half.

std::vector<std::byte> as_reply(const NeighbourQuestion& question) {
  // What the neighbour sends: the request with the roles exchanged.
  NeighbourQuestion mirrored{question.station, question.neighbour, question.source};
  auto frame = mirrored.frame();
  frame[21] = std::byte{2};
  return frame;
}

TEST(NeighbourQuestionTest, OnlyAnAnswerToUsCounts) {
  const NeighbourQuestion question{*MacAddress::parse("02:00:00:00:00:05"), ip("192.0.2.5"),
                                   ip("192.0.2.1")};
  const auto reply = as_reply(question);
  EXPECT_TRUE(question.answered_by(reply));
  EXPECT_FALSE(question.answered_by(question.frame())) << "our own request";
  auto announcement = reply;
  announcement[41] = std::byte{1};
  EXPECT_FALSE(question.answered_by(announcement)) << "for 192.0.2.1, not for us";
  for (std::size_t length = 0; length < reply.size(); ++length)
    EXPECT_FALSE(question.answered_by(std::span(reply).first(length))) << length;
}

TEST(NeighbourQuestionTest, SourceIsTheBestAddressOfTheLink) {
  const std::vector<HostAddress> addresses{
      {1, ip("192.0.2.9"), 24, {}}, {2, ip("198.51.100.5"), 24, {}}, {2, ip("192.0.2.200"), 25, {}},
      {2, ip("192.0.2.5"), 25, {}}, {2, ip("2001:db8::5"), 64, {}},  {2, ip("fe80::5"), 64, {}}};
  const auto text = [&addresses](int ifindex, const char* neighbour) {
    const auto source = source_for(addresses, ifindex, ip(neighbour));
    return source ? source->text() : "none";
  };
  EXPECT_EQ(text(2, "192.0.2.1"), "192.0.2.5");
  EXPECT_EQ(text(2, "203.0.113.1"), "198.51.100.5");
  EXPECT_EQ(text(3, "192.0.2.1"), "0.0.0.0");
  EXPECT_EQ(text(2, "fe80::1"), "fe80::5");
  EXPECT_EQ(text(1, "fe80::1"), "none");
}

TEST_F(NeighbourReachTest, AnnouncementsChangeWhatTheNeighbourKnows) {
  // The kernel lets one change an entry it has, and only one older than locktime.
  for (const char* family : {"ipv4", "ipv6"})
    peer_->run(std::string("sysctl -qw net.") + family + ".neigh.u1.locktime=0");
  peer_->run("sysctl -qw net.ipv4.conf.u1.arp_accept=1");
  peer_->run("ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:01 dev u1 nud reachable");
  peer_->run("ip neigh replace fe80::9 lladdr 02:00:00:00:00:01 dev u1 nud reachable");
  const MacAddress now = *MacAddress::parse("02:00:00:00:00:99");
  ASSERT_TRUE(reach_->announce(
      index_, {{ip("192.0.2.9"), now, Audience::lan}, {ip("fe80::9"), now, Audience::everyone}}));
  // On a veth pair the frame has been dealt with when it is sent, but for the peer's softirq.
  std::this_thread::sleep_for(200ms);
  const std::string known = peer_->run("ip neigh show dev u1").output;
  for (const char* address : {"192.0.2.9", "fe80::9"})
    EXPECT_THAT(known, testing::HasSubstr(std::string(address) + " lladdr 02:00:00:00:00:99"));
}

}  // namespace
}  // namespace airtap
