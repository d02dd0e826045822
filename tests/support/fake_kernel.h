// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A host in memory: answers like the kernel, with its errnos, and can be told to fail one call.
// State is comparable, so a test can say "afterwards everything is as before".
#pragma once

#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "kernel/kernel.h"

namespace airtap::test {

/// What would show in `ip`, `iw`, `tc` and under /sys/fs/bpf.
struct FakeState {
  std::map<std::string, LinkFacts> links;
  std::map<std::string, WirelessFacts> wireless;
  std::vector<HostAddress> addresses;
  std::vector<Gateway> gateways;
  std::vector<Neighbour> neighbours;
  std::set<std::pair<std::string, Attachment>> filters;        ///< device and what is attached
  std::map<std::string, std::map<unsigned, MacAddress>> pins;  ///< uplink → guests
  std::map<std::string, unsigned> tap_queues;
  std::optional<Association> association{{"home", 2412}};  ///< of wlan0
  std::map<std::string, unsigned> supplicants;             ///< station → frequency it is told

  bool operator==(const FakeState&) const = default;
};

class FakeKernel final : public Links,
                         public Taps,
                         public Wireless,
                         public Reach,
                         public Datapath,
                         public Supplicants {
 public:
  Kernel seam() { return {*this, *this, *this, *this, *this, *this}; }

  FakeState state;
  bool gateway_answers_three_address = true;
  /// What an access point with WDS does: once it has seen 4-address frames it answers nothing else
  /// until the station joins anew.
  bool access_point_sticks_to_four_address = false;
  bool stuck = false;
  bool has_supplicant = true;
  /// The supplicant has agreed, but it is not back yet.
  bool rejoins_late = false;
  unsigned rejoined = 0;  ///< how often it was asked to
  bool gateway_answers_four_address = true;
  bool has_ipvlan = true;
  /// The call with this number (from 0, changing calls only) fails.
  std::optional<unsigned> fail_at;
  unsigned calls = 0;
  /// The question with this number (from 0, calls that change nothing) fails.
  std::optional<unsigned> fail_question_at;
  unsigned questions = 0;
  int fail_with = EIO;
  /// The call with this number is done, and fails all the same.
  std::optional<unsigned> lose_answer_at;
  /// Throws CrashNow at this call instead: what SIGKILL looks like from inside.
  std::optional<unsigned> crash_at;
  struct CrashNow {};
  DatapathSettings configured;                              ///< of the last configure()
  std::vector<Announcement> announced;                      ///< all so far
  std::map<unsigned, std::vector<LearnedAddress>> learned;  ///< guest → what guests() tells
  std::map<unsigned, GuestCounters> counted;                ///< guest → what guests() tells
  std::map<std::string, LinkCounters> link_counters;        ///< what counters() tells
  GuestCounters of_strangers;                               ///< what strangers() tells
  std::vector<MacAddress> reserved;                         ///< of the last reserve()
  std::vector<IpAddress> solicited;                         ///< that neighbours were looked for
  bool neighbours_answer = true;
  /// What the radio can be at once: here eight stations.
  std::vector<InterfaceCombination> radio_can{
      {.limits = {{.most = 8, .types = {"managed"}}}, .most = 8, .channels = 1}};
  /// What an access point says to a guest's station; nullopt: welcome.
  std::optional<Error> station_refused;

  /// wlan0, associated, 10.77.0.20/24, gateway 10.77.0.1; lo.
  static FakeKernel laptop();
  LinkFacts& add_link(const std::string& name, const std::string& kind = "");

  // Links
  Result<std::vector<LinkFacts>> list() override;
  Result<LinkFacts> find(const IfName& name) override;
  Result<LinkCounters> counters(const IfName& name) override;
  Result<std::vector<HostAddress>> addresses() override { return answer(state.addresses); }
  Result<std::vector<Gateway>> gateways() override { return answer(state.gateways); }
  Result<std::vector<Neighbour>> neighbours() override { return answer(state.neighbours); }
  Result<> solicit(int ifindex, const IpAddress& neighbour) override;
  Result<> create_bridge(const IfName& name, unsigned mtu) override;
  Result<> create_batman(const IfName& name) override;
  Result<> create_veth(const IfName& outer, const IfName& inner, unsigned mtu) override;
  Result<> create_ipvtap(const IfName& name, const IfName& lower, unsigned mtu) override;
  Result<> create_ipvlan(const IfName& name, const IfName& lower, unsigned mtu) override;
  Result<> create_macvtap(const IfName& name, const IfName& lower, unsigned mtu) override;
  Result<> adopt(const IfName& name) override;
  Result<> remove(const IfName& name) override;
  Result<> set_up(const IfName& name, bool up) override;
  Result<> set_promiscuous(const IfName& name, bool on) override;
  Result<> join_bridge(const IfName& port, const IfName& bridge) override;
  Result<> leave_bridge(const IfName& port) override;
  // Taps
  Result<> create(const IfName& name, unsigned queues, unsigned mtu,
                  std::uint32_t owner_uid) override;
  // Wireless
  Result<std::optional<WirelessFacts>> info(int ifindex) override;
  Result<> set_four_addr(int ifindex, bool on) override;
  Result<bool> can_four_addr(int) override { return true; }
  Result<std::vector<InterfaceCombination>> combinations(int) override { return answer(radio_can); }
  Result<std::optional<Association>> association(int) override { return answer(state.association); }
  Result<> create_station(int uplink, const IfName& name, const MacAddress& mac) override;
  Result<> remove_station(int ifindex) override;
  Result<> reassociate(const IfName& station) override;
  // Reach
  Result<> answers(int ifindex, const IpAddress& neighbour,
                   std::chrono::milliseconds timeout) override;
  Result<> announce(int ifindex, const std::vector<Announcement>& announcements) override;
  // Datapath
  Result<> load(const IfName& uplink) override;
  Result<> unload(const IfName& uplink) override;
  Result<> configure(const IfName& uplink, const DatapathSettings& settings) override;
  Result<DatapathSettings> settings(const IfName& uplink) override;
  Result<> attach(const IfName& uplink, const IfName& device, Attachment attachment) override;
  Result<> detach(const IfName& device, Attachment attachment) override;
  Result<> reserve(const IfName& uplink, const std::vector<MacAddress>& macs) override;
  Result<> add_guest(const IfName& uplink, const DatapathGuest& guest) override;
  Result<> remove_guest(const IfName& uplink, unsigned id) override;
  Result<std::vector<GuestState>> guests(const IfName& uplink) override;
  Result<GuestCounters> strangers(const IfName& uplink) override;
  Result<std::vector<IfName>> loaded() override;
  // Supplicants
  Result<> start(const StationNetwork& network) override;
  Result<> stop(const IfName& station) override;
  Result<bool> follow(const IfName& station, unsigned frequency) override;
  Result<std::vector<IfName>> stations() override;

 private:
  Result<> changing(const char* what);
  Result<> done();
  Result<> asking();
  template <class T>
  Result<T> answer(const T& value) {
    if (auto asked = asking(); !asked) return fail(asked.error());
    return value;
  }
  Result<> create_slave(const char* kind, const IfName& name, const IfName& lower, unsigned mtu);
  Result<LinkFacts*> link(const IfName& name);
  std::optional<WirelessFacts> radio(int ifindex);
  void drop(const LinkFacts& facts);
  Result<> free_name(const IfName& name);
  int next_ifindex_ = 10;
};

}  // namespace airtap::test
