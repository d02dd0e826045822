// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any frames, in any order, from guests and from the air: no access outside the frame, and what the
// datapath promises, see plugin/datapath/README.md.
//
// An input is a sequence of records: program, device, base, patches. The base is a case of
// tests/datapath/cases.h or a run of the input's own bytes; patches overwrite single bytes of it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "datapath/cases.h"
#include "datapath/user_world.h"

namespace {

using namespace airtap;        // NOLINT: a test
using namespace airtap::test;  // NOLINT: a test

void require(bool promise) {
  if (!promise) std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  unsigned byte() { return empty() ? 0 : data_[at_++]; }
  Frame bytes(std::size_t count) {
    Frame taken;
    while (count-- > 0 && !empty()) taken.push_back(data_[at_++]);
    return taken;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

constexpr unsigned quota = 3;
constexpr unsigned flags_of[] = {
    0,
    AIRTAP_GUEST_TRANSLATE,
    0,
    AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_IPVTAP,
    AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_SERVER,
    AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_ISOLATE,
};
constexpr unsigned last_guest = 5;

Frame make_frame(Input& input) {
  static const std::vector<Case> cases = all_cases();
  const unsigned base = input.byte();
  if (base >= cases.size()) return input.bytes(input.byte());
  Frame frame = cases[base].in;
  for (unsigned patches = input.byte() % 8; patches > 0; --patches) {
    const unsigned at = input.byte(), value = input.byte();
    if (at < frame.size()) frame[at] = static_cast<std::uint8_t>(value);
  }
  return frame;
}

bool has_at(const Frame& frame, std::size_t at, const Mac& mac) {
  return frame.size() >= at + 6 &&
         std::equal(mac.begin(), mac.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
}

unsigned type_of(const Frame& frame) { return static_cast<unsigned>(frame[12] << 8 | frame[13]); }

unsigned guest_of(const Frame& frame) {
  for (unsigned id = 1; id <= last_guest; ++id) {
    if (has_at(frame, 6, guest_mac(id))) return id;
  }
  return 0;
}

/// ICMPv6 right behind the IPv6 header, not longer than the frame, with a checksum that is right.
bool is_sound_icmpv6(const Frame& frame) {
  if (type_of(frame) != type_ipv6 || frame.size() < 62 || frame[20] != icmpv6_protocol)
    return false;
  const std::size_t length = static_cast<std::size_t>(frame[18] << 8 | frame[19]);
  if (length < 4 || 54 + length > frame.size()) return false;
  std::uint32_t sum = static_cast<std::uint32_t>(length) + icmpv6_protocol;
  for (std::size_t i = 22; i < 54 + length; i += 2) {
    sum += static_cast<std::uint32_t>(frame[i] << 8 | (i + 1 < 54 + length ? frame[i + 1] : 0));
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

void check_maps() {
  require(UserWorld::owner("10.0.0.1") == AIRTAP_OWNER_HOST);
  require(UserWorld::owner("fd00::1") == AIRTAP_OWNER_HOST);
  require(UserWorld::owner("10.0.0.254") == AIRTAP_OWNER_GATEWAY);
  require(UserWorld::owner("fe80::fe") == AIRTAP_OWNER_GATEWAY);
  require(UserWorld::owner("10.0.0.255") == AIRTAP_OWNER_BROADCAST);
  unsigned held[last_guest + 1] = {};
  for (const auto& [key, value] : bpf::addresses.entries) {
    if (value.owner >= AIRTAP_MAX_GUESTS) continue;
    require(value.owner >= 1 && value.owner <= last_guest);
    held[value.owner]++;
    require(key[0] != 0xff);
    const bool v4 = key[10] == 0xff && key[11] == 0xff &&
                    std::all_of(key.begin(), key.begin() + 10, [](auto byte) { return byte == 0; });
    require(!v4 || (key[12] != 0 && key[12] != 127 && key[12] < 224));
  }
  for (const unsigned count : held) require(count <= quota);
}

void check_from_guest(const Frame& in, const UserWorld::Outcome& outcome, unsigned id) {
  for (const auto& copy : outcome.clones) {
    require(copy.bytes == in);  // nobody sees a rewritten copy
    require(copy.ifindex != UserWorld::uplink || copy.ingress);
  }
  if (outcome.verdict != 7 || outcome.redirect_ifindex != UserWorld::uplink ||
      outcome.redirect_ingress) {
    return;
  }
  const Frame& out = outcome.frame;
  require(outcome.mark == AIRTAP_MARK_TO_AIR && out.size() == in.size());
  require(id != 0 && type_of(out) != 0x888e && type_of(out) != 0x88c7 && type_of(out) != 0x890d);
  if (!(flags_of[id] & AIRTAP_GUEST_TRANSLATE)) {
    require(out == in);
    return;
  }
  require(has_at(out, 6, station));
  require(type_of(out) == type_arp || type_of(out) == type_ipv4 || type_of(out) == type_ipv6);
  if (type_of(out) == type_arp) require(has_at(out, 22, station));
  require(!is_sound_icmpv6(in) || is_sound_icmpv6(out));
}

void check_uplink(const Frame& in, const UserWorld::Outcome& outcome) {
  for (const auto& copy : outcome.clones) require(copy.ifindex != UserWorld::uplink);
  if (outcome.verdict == 0xffffffff) require(outcome.frame == in);  // the host's, as it came
  if (outcome.verdict == 7) require(outcome.redirect_ifindex > 200);
  require(outcome.frame.size() == in.size());
}

/// The frame goes on: with a group for its destination, or DHCP's broadcast flag and its checksum.
void check_for_containers(const Frame& in, const UserWorld::Outcome& outcome, bool from_air) {
  require(outcome.verdict == 0xffffffff && outcome.clones.empty());
  const Frame& out = outcome.frame;
  require(out.size() == in.size());
  if (out == in) return;
  const std::size_t same_from = from_air ? 6 : 0, same_to = from_air ? in.size() : 14;
  for (std::size_t i = same_from; i < same_to; ++i) require(out[i] == in[i]);
  require((out[0] & 1) != 0 && (!from_air || (in[0] & 1) == 0));
}

void one_frame(UserWorld& world, Input& input) {
  static const char* const programs[] = {"from_tap",          "from_bridge",  "from_ipvtap",
                                         "from_air",          "from_host",    "to_tap",
                                         "ask_for_broadcast", "restore_group"};
  const unsigned choice = input.byte();
  const std::string program = programs[choice % 8];
  const unsigned device = input.byte() % (last_guest + 1);
  const std::uint32_t linear = choice & 0x80 ? 14 : 0xffffffff;
  const bool honest = choice & 0x40;  // under the MAC of its device
  bpf::now_ns += (choice & 0x20) ? 400'000'000'000 : 1000;
  Frame in = make_frame(input);
  if (in.size() < 14) in.resize(14);  // what tc hands over has an Ethernet header
  if (honest && device != 0) {
    const Mac mac = guest_mac(device);
    std::copy(mac.begin(), mac.end(), in.begin() + 6);
  }
  const std::uint32_t mark = choice & 0x10 ? AIRTAP_MARK_CHECKED : 0;
  const auto outcome = world.run(program, device, in, mark, linear);
  require(outcome.verdict == 0xffffffff || outcome.verdict == 2 || outcome.verdict == 7);
  if (program == "ask_for_broadcast" || program == "restore_group") {
    check_for_containers(in, outcome, program == "restore_group");
  } else if (program == "from_air" || program == "from_host") {
    check_uplink(in, outcome);
  } else {
    check_from_guest(in, outcome, guest_of(in));
    if (program == "from_bridge" && mark == 0) require(outcome.verdict == 2);  // all have ports
  }
  check_maps();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  UserWorld world;
  for (unsigned id = 1; id <= last_guest; ++id) world.add_guest(id, flags_of[id], quota);
  Input input(data, size);
  for (int frames = 0; frames < 32 && !input.empty(); ++frames) one_frame(world, input);
  return 0;
}
