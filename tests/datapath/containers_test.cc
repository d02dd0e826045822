// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the uplink does for containers, whose ipvlans send through it as the host does.
#include "datapath/house.h"

namespace airtap::test {
namespace {

class Containers : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(said(datapath_.attach(uplink, uplink, Attachment::ipvlan)), "");
    from_here_.emplace(box_->packet_socket(uplink.text()));
  }
  /// A client's question, as the LAN sees it; empty: it did not come.
  Frame sent(const Mac& to, const Frame& message, const std::string& from = "0.0.0.0") {
    const std::string target = to == broadcast ? "255.255.255.255" : gateway_ip;
    from_here_->send(udp_frame(to, station, from, target, 68, 67, message));
    return lan_->receive(of_type(type_ipv4)).value_or(Frame{});
  }
  static Frame expected(const Mac& to, const Frame& message, const std::string& from = "0.0.0.0") {
    const std::string target = to == broadcast ? "255.255.255.255" : gateway_ip;
    return udp_frame(to, station, from, target, 68, 67, message);
  }

  std::optional<Wire> from_here_;
};

TEST_F(Containers, AskForAnAnswerByBroadcast) {
  EXPECT_EQ(sent(broadcast, bootp(1, 0, station)), expected(broadcast, bootp(1, 0x8000, station)));
}

TEST_F(Containers, ThatAreGoneLeaveTheHostsOwnClientAlone) {
  ASSERT_EQ(said(datapath_.detach(uplink, Attachment::ipvlan)), "");
  EXPECT_EQ(sent(broadcast, bootp(1, 0, station)), expected(broadcast, bootp(1, 0, station)))
      << "attached still";
}

TEST_F(Containers, ThatHaveAnAddressCanBeAnsweredThere) {
  const Frame renewal = bootp(1, 0, station, "10.0.0.77");
  EXPECT_EQ(sent(broadcast, renewal, "10.0.0.77"), expected(broadcast, renewal, "10.0.0.77"));
  EXPECT_EQ(sent(lan_mac, bootp(1, 0, station), "10.0.0.77"),
            expected(lan_mac, bootp(1, 0, station), "10.0.0.77"));
}

TEST_F(Containers, OtherFramesPassAsTheyAre) {
  const Frame answer =
      udp_frame(broadcast, station, "10.0.0.77", "255.255.255.255", 67, 68, bootp(2, 0, station));
  from_here_->send(answer);
  EXPECT_EQ(lan_->count(same(answer)), 1);
  const Frame short_one = udp_frame(broadcast, station, "0.0.0.0", "255.255.255.255", 68, 67, {1});
  from_here_->send(short_one);
  EXPECT_EQ(lan_->count(same(short_one)), 1);
}

TEST_F(Containers, HearGroupFramesThatTheAccessPointSentToTheStationAlone) {
  const auto arrives = [&](const std::string& from, const std::string& to, const Mac& group) {
    lan_->send(udp_frame(station, lan_mac, from, to, 9, 7000));
    return from_here_->count(same(udp_frame(group, lan_mac, from, to, 9, 7000)));
  };
  // A packet socket sees frames before the programs do: what they made of one shows behind them.
  box_->run("ip link add seen0 link " + uplink.text() + " type macvlan mode passthru");
  box_->run("ip link set seen0 up allmulticast on");
  from_here_.emplace(box_->packet_socket("seen0"));
  EXPECT_EQ(arrives(lan_ip, "255.255.255.255", broadcast), 1);
  EXPECT_EQ(arrives(lan_ip, "224.0.0.251", {0x01, 0, 0x5e, 0, 0, 0xfb}), 1);
  EXPECT_EQ(arrives(lan_ip6, "ff02::fb", {0x33, 0x33, 0, 0, 0, 0xfb}), 1);
  EXPECT_EQ(arrives(lan_ip, host_ip, station), 1) << "what is for one stays for one";
}

TEST_F(Containers, LeaveTheProgramsForGuestsWhereTheyAre) {
  add_tap(1);
  announce(1, "10.0.0.11");
  ASSERT_EQ(said(datapath_.detach(uplink, Attachment::ipvlan)), "");
  const Frame ask = udp_frame(broadcast, station, "10.0.0.77", "255.255.255.255", 9, 7000);
  from_here_->send(ask);
  EXPECT_EQ(guest(1).count(same(ask)), 1) << "from_host is still there";
}

}  // namespace
}  // namespace airtap::test
