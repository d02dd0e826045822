// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A hostile guest on every kind of device, with and without rewriting: whatever it tries is
// dropped, counted once and under its reason, and reaches neither the air nor the host nor another
// guest.
#include <unistd.h>

#include <sstream>

#include "datapath/attacks.h"
#include "datapath/house.h"

namespace airtap::test {
namespace {

using namespace std::chrono_literals;

/// How guest 1 is connected.
struct Kind {
  const char* name;
  bool ipvtap, translate;
  bool programs = true;  ///< without: known by its MAC on the bridge, as behind libvirt's filters
};

constexpr Kind kinds[] = {
    {"Tap", false, true},           {"TapUntranslated", false, false},
    {"Ipvtap", true, true},         {"IpvtapUntranslated", true, false},
    {"Bridge", false, true, false}, {"BridgeUntranslated", false, false, false}};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

/// The kernels at both ends of the uplink look for routers and tell of their groups now and then.
bool is_noise(const Frame& f) {
  return has(f, 0, bytes({0x33, 0x33, 0, 0, 0, 0x16})) ||
         has(f, 0, bytes({0x33, 0x33, 0, 0, 0, 2}));
}

bool is_strange(const Frame& f) { return !is_noise(f) && !has(f, 6, from_mac(lan_mac)); }

class Hostile : public House, public testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    House::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    be_quiet();
    add_guest({});
    add_tap(2);
    announce(2, "10.0.0.12");
    guest(2).send(udp_frame(lan_mac, guest_mac(2), "fd00::12", lan_ip6, 9, 9));
    ASSERT_TRUE(eventually([&] { return state(2).addresses.size() == 2; }));
    host_ = box_->packet_socket("up0");
    lan_->count(is_strange);
    guest(1).count(is_strange);
  }

  /// What the kernels do of their own accord is not to be seen: detection of duplicates of their
  /// link-local addresses, iptables that mend or drop what crosses a bridge.
  void be_quiet() {
    box_->run("ip -6 address flush dev up0 scope link");
    box_->run_in_lan("ip -6 address flush dev lan0 scope link");
    box_->run("sysctl -qw net.bridge.bridge-nf-call-iptables=0 || true");
    box_->run("sysctl -qw net.bridge.bridge-nf-call-ip6tables=0 || true");
  }

  void add_guest(DatapathGuest options) {
    options.translate = GetParam().translate;
    GetParam().ipvtap ? add_ipvtap(1, options) : add_tap(1, options, GetParam().programs);
  }

  /// Guest 1, registered anew, may serve.
  DatapathGuest server() const {
    DatapathGuest guest{.id = 1, .mac = to_mac(guest_mac(1)), .translate = GetParam().translate};
    guest.port_is_ipvtap = GetParam().ipvtap;
    guest.allow_server = true;
    guest.address_quota = 8;
    if (GetParam().programs)
      guest.port_ifindex = box_->ifindex(GetParam().ipvtap ? "ivt1" : "tap1");
    return guest;
  }

  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 200 && !holds(); ++i) ::usleep(5000);
    return holds();
  }

  /// What the frames sent since `before` were dropped for, by guest 1 or by nobody.
  using Drops = std::map<std::string, std::uint64_t>;
  Drops all_drops() {
    Drops sum = drops(1);
    for (const auto& [reason, count] : drops(0)) sum[reason] += count;
    return sum;
  }
  Drops since(const Drops& before) {
    Drops now = all_drops();
    for (const auto& [reason, count] : before) now[reason] -= count;
    std::erase_if(now, [](const auto& entry) { return entry.second == 0; });
    return now;
  }

  void expect_dropped(const Attack& attack, const std::string& reason) {
    SCOPED_TRACE(attack.what);
    const bool uncertain = attack.bridge_may_drop && !GetParam().programs;
    const Drops before = all_drops(), once{{reason, 1}};
    guest(1).send(attack.frame);
    for (int i = 0; i < (uncertain ? 5 : 200) && since(before).empty(); ++i) ::usleep(5000);
    const Drops got = since(before);
    EXPECT_TRUE(got == once || (uncertain && got.empty())) << testing::PrintToString(got);
  }

  /// Frames that came out somewhere, in hexadecimal.
  static std::string leaked(const Wire& wire) {
    std::ostringstream text;
    while (const auto frame = wire.receive(is_strange, 100ms)) {
      text << frame->size() << " bytes:" << std::hex;
      for (std::size_t i = 0; i < frame->size() && i < 60; ++i)
        text << ' ' << unsigned{(*frame)[i]};
      text << std::dec << "\n";
    }
    return text.str();
  }

  void expect_nothing_leaked() {
    EXPECT_EQ(leaked(*lan_), "") << "reached the air";
    EXPECT_EQ(leaked(*host_), "") << "reached the host";
    // Without programs on the TAP, only libvirt's filters stand between guests on the bridge.
    if (GetParam().programs) {
      EXPECT_EQ(leaked(guest(2)), "") << "reached another guest";
    }
    EXPECT_EQ(state(2).addresses.size(), 2U) << "another guest lost an address";
  }

  /// Not everything is dropped: an honest frame passes still, once.
  void expect_honest_frame_passes() {
    guest(1).send(udp_frame(lan_mac, guest_mac(1), "10.0.0.11", lan_ip, 9, 7000));
    const Mac on_air = GetParam().translate ? station : guest_mac(1);
    EXPECT_EQ(lan_->count(same(udp_frame(lan_mac, on_air, "10.0.0.11", lan_ip, 9, 7000))), 1);
  }

  std::optional<Wire> host_;
};

TEST_P(Hostile, EveryAttackIsDroppedForItsReasonAndReachesNobody) {
  for (const auto& attack : attacks()) expect_dropped(attack, attack.reason);
  expect_nothing_leaked();
  expect_honest_frame_passes();
}

TEST_P(Hostile, AFrameUnderAForeignMacReachesNobody) {
  for (const auto& attack : forged_macs()) {
    // On the bridge a MAC says who it is: one of nobody is of an unknown guest.
    const bool of_guest_2 = has(attack.frame, 6, from_mac(guest_mac(2)));
    expect_dropped(attack, GetParam().programs || of_guest_2 ? attack.reason : "unknown_guest");
  }
  expect_nothing_leaked();
  expect_honest_frame_passes();
}

TEST_P(Hostile, AServerNeedsLeave) {
  ASSERT_EQ(said(datapath_.add_guest(uplink, server())), "");
  const auto before = all_drops();
  for (const auto& attack : servers()) guest(1).send(attack.frame);
  const auto passed = [&] { return state(1).counters.from_guest_packets >= servers().size(); };
  EXPECT_TRUE(eventually(passed));
  EXPECT_EQ(since(before), Drops{});
}

TEST_P(Hostile, AFloodOfAddressesPushesOutOnlyItsOwn) {
  constexpr unsigned quota = 8;
  for (unsigned i = 0; i < 2000; ++i) {
    const std::string address =
        "10.0." + std::to_string(1 + i / 250) + "." + std::to_string(1 + i % 250);
    guest(1).send(udp_frame(lan_mac, guest_mac(1), address, lan_ip, 9, 9));
    std::ostringstream address6;
    address6 << "fd00::1:" << std::hex << i;
    guest(1).send(udp_frame(lan_mac, guest_mac(1), address6.str(), lan_ip6, 9, 9));
  }
  EXPECT_TRUE(eventually([&] { return state(1).counters.from_guest_packets >= 4000; }));
  EXPECT_EQ(state(1).addresses.size(), quota);
  EXPECT_EQ(state(2).addresses.size(), 2U);
  lan_->count([](const Frame&) { return true; }, 300ms);
  lan_->send(udp_frame(station, lan_mac, lan_ip, "10.0.0.12", 9, 7000));
  EXPECT_EQ(guest(2).count(same(udp_frame(guest_mac(2), lan_mac, lan_ip, "10.0.0.12", 9, 7000))), 1)
      << "another guest is no longer found";
  expect_honest_frame_passes();
}

// Outside the suite's kinds: only a TAP with a virtio header takes super-frames.
class HostileSegments : public House {
 protected:
  static Frame super_frame(std::uint16_t segment, std::size_t payload) {
    // struct virtio_net_hdr, in this machine's byte order: checksum needed, TCP over IPv4
    const std::uint16_t sizes[] = {0x0101, 54, segment, 34, 16};
    const auto* header = reinterpret_cast<const std::uint8_t*>(sizes);
    Frame tcp = be16(9) + be16(7000) + Frame(8) + bytes({0x50, 0x10, 1, 0, 0, 0, 0, 0});
    tcp.resize(tcp.size() + payload);
    return Frame(header, header + sizeof(sizes)) +
           ethernet(lan_mac, guest_mac(1), type_ipv4, ipv4({"10.0.0.11", lan_ip, 6}, tcp));
  }
};

TEST_F(HostileSegments, ASuperFrameIsCutToWhatTheUplinkCarriesOrDropped) {
  add_tap(1, {.translate = true}, true, true);
  const Matches from_guest = [](const Frame& f) {
    return of_type(type_ipv4)(f) && has(f, 6, from_mac(station));
  };
  guest(1).send(super_frame(4000, 12000));
  for (int i = 0; i < 200 && drops(1, "too_long") == 0; ++i) ::usleep(5000);
  EXPECT_EQ(drops(1, "too_long"), 1U);
  EXPECT_EQ(lan_->count(from_guest), 0);
  guest(1).send(super_frame(1400, 12000));
  EXPECT_GE(lan_->count(from_guest), 1);
  EXPECT_EQ(drops(1, "too_long"), 1U);
}

INSTANTIATE_TEST_SUITE_P(On, Hostile, testing::ValuesIn(kinds),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace airtap::test
