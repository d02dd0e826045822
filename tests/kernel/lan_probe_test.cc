// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is learned from single frames. Real access points and DHCP servers: testbed case `doctor`.
#include "kernel/lan_probe.h"

#include <gtest/gtest.h>

#include "kernel/feature_trial.h"
#include "support/command.h"
#include "support/net_namespace.h"

namespace airtap {
namespace {

using Frame = std::vector<std::byte>;

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
const LanQuestion question{.station = *MacAddress::parse("02:00:00:00:01:00"),
                           .client = *MacAddress::parse("02:00:00:00:99:99"),
                           .xid = 0x12345678,
                           .host = ip("10.77.0.20"),
                           .gateway = ip("10.77.0.1")};

void set(Frame& frame, std::size_t at, std::initializer_list<int> bytes) {
  for (const int byte : bytes) frame[at++] = static_cast<std::byte>(byte);
}
LanAnswers heard(const Frame& frame, LanAnswers before = {}) {
  hear(question, frame, before);
  return before;
}
/// The server's answer has the layout of the question.
Frame offer() {
  Frame frame = question.discover();
  set(frame, 34, {0, 67, 0, 68});
  set(frame, 42, {2});
  set(frame, 58, {10, 77, 0, 150});
  return frame;
}

TEST(LanProbe, AnOfferToTheOtherClientIsTaken) {
  EXPECT_EQ(heard(offer()).offered, ip("10.77.0.150"));
}

TEST(LanProbe, SomebodyElsesOfferIsNot) {
  Frame other_transaction = offer();
  set(other_transaction, 46, {0});
  EXPECT_FALSE(heard(other_transaction).offered);
  Frame other_client = offer();
  set(other_client, 70, {0});
  EXPECT_FALSE(heard(other_client).offered);
  EXPECT_FALSE(heard(question.discover()).offered) << "a question is no answer";
}

TEST(LanProbe, TheGatewaysAnswerToTheOfferedAddressCounts) {
  LanAnswers offered{.offered = ip("10.77.0.150")};
  Frame answer = question.ask_gateway_from(ip("10.77.0.150"));
  set(answer, 28, {10, 77, 0, 1});
  set(answer, 38, {10, 77, 0, 150});
  EXPECT_EQ(heard(answer, offered).second_address_answered, true);
  set(answer, 38, {10, 77, 0, 20});
  EXPECT_FALSE(heard(answer, offered).second_address_answered) << "that was for the host";
}

TEST(LanProbe, WhoAnswersForTheHostsOwnAddress) {
  Frame answer = question.ask_gateway_from(question.host);
  EXPECT_TRUE(heard(answer).proxy_arp);
  set(answer, 22, {2, 1, 1, 1, 1, 1});
  EXPECT_EQ(heard(answer).address_conflict, MacAddress::parse("02:01:01:01:01:01").value());
}

TEST(LanProbe, AGroupFrameTellsHowItWasAddressed) {
  Frame frame = offer();
  EXPECT_EQ(heard(frame).multicast_to_unicast, false);
  set(frame, 0, {2, 0, 0, 0, 1, 0});
  EXPECT_EQ(heard(frame).multicast_to_unicast, true);
}

TEST(LanProbe, TruncatedFramesTellNothingAndHurtNothing) {
  for (const Frame& whole :
       {offer(), question.ask_for_host(), question.solicit_router(ip("fe80::1"))})
    for (std::size_t length = 0; length < whole.size(); ++length)
      heard(Frame(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
}

TEST(FeatureTrial, LeavesNothingBehind) {
  const auto links = test::run("ip -br link").output;
  const auto tried = try_features();
  if (!tried) GTEST_SKIP() << tried.error().line();
  EXPECT_GE(tried->size(), 3U);
  EXPECT_EQ(test::run("ip -br link").output, links);
  EXPECT_NE(test::run("ls /sys/fs/bpf/airtap-trial").status, 0);
}

}  // namespace
}  // namespace airtap
