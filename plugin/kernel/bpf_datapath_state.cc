// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/bpf_datapath_state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "datapath/shared.h"
#include "kernel/bpf_datapath_maps.h"

namespace airtap {
namespace {

// A per-CPU map is read and written as one value a possible CPU, each rounded up to 8 bytes.
static_assert(sizeof(airtap_counters) % 8 == 0);

Result<std::vector<airtap_counters>> room_for_all_cpus() {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return fail_errno("counting CPUs", -cpus);
  return std::vector<airtap_counters>(static_cast<std::size_t>(cpus));
}

Result<UniqueFd> open_counters(const BpfPins& pins, const IfName& uplink) {
  // as of another version: refused before it overruns
  using Map = BpfMap<std::uint32_t, airtap_counters>;
  AIRTAP_TRY(const auto checked, Map::open(pins, uplink, "counters"));
  static_cast<void>(checked);
  return pins.open(uplink, "counters");
}

constexpr std::array drop_names = {
#define AIRTAP_X(upper, lower) #lower,
    AIRTAP_DROP_REASONS(AIRTAP_X)
#undef AIRTAP_X
};

GuestCounters sum(const std::vector<airtap_counters>& cpus) {
  GuestCounters total;
  std::array<std::uint64_t, AIRTAP_DROP_COUNT> drops{};
  for (const auto& cpu : cpus) {
    total.from_guest_packets += cpu.from_guest_packets;
    total.from_guest_bytes += cpu.from_guest_bytes;
    total.to_guest_packets += cpu.to_guest_packets;
    total.to_guest_bytes += cpu.to_guest_bytes;
    for (std::size_t i = 0; i < drops.size(); ++i) drops[i] += cpu.drops[i];
  }
  for (std::size_t i = 0; i < drops.size(); ++i) {
    if (drops[i] != 0) total.drops.emplace_back(drop_names[i], drops[i]);
  }
  return total;
}

std::string source_name(std::uint32_t source) {
  switch (source) {
    case AIRTAP_SOURCE_ARP:
      return "arp";
    case AIRTAP_SOURCE_IPV4:
      return "ipv4";
    case AIRTAP_SOURCE_IPV6:
      return "ipv6";
    case AIRTAP_SOURCE_ND:
      return "nd";
    default:
      return "?";
  }
}

// The clock of bpf_ktime_get_coarse_ns.
std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

LearnedAddress to_learned(const airtap_address_key& key, const airtap_address& value,
                          std::uint64_t now) {
  LearnedAddress learned;
  std::ranges::copy(key.ip, learned.address.bytes.begin());
  learned.age_ms = now > value.last_seen_ns ? (now - value.last_seen_ns) / 1'000'000U : 0;
  learned.source = source_name(value.source);
  return learned;
}

Result<GuestCounters> read(const UniqueFd& counters, std::uint32_t id,
                           std::vector<airtap_counters>& cpus) {
  if (bpf_map_lookup_elem(counters.get(), &id, cpus.data()) != 0) {
    return fail_errno("reading map counters", errno);
  }
  return sum(cpus);
}

}  // namespace

Result<GuestCounters> read_counters(const BpfPins& pins, const IfName& uplink, unsigned id) {
  AIRTAP_TRY(const auto counters, open_counters(pins, uplink));
  AIRTAP_TRY(auto cpus, room_for_all_cpus());
  return read(counters, id, cpus);
}

Result<std::vector<GuestState>> read_guests(const BpfPins& pins, const IfName& uplink) {
  using Guests = BpfMap<std::uint32_t, airtap_guest>;
  using Addresses = BpfMap<airtap_address_key, airtap_address>;
  AIRTAP_TRY(const auto guests, Guests::open(pins, uplink, "guests"));
  AIRTAP_TRY(const auto addresses, Addresses::open(pins, uplink, "addresses"));
  AIRTAP_TRY(const auto counters, open_counters(pins, uplink));
  AIRTAP_TRY(auto cpus, room_for_all_cpus());
  AIRTAP_TRY(const auto all_guests, guests.all());
  AIRTAP_TRY(const auto all_addresses, addresses.all());
  const auto now = now_ns();

  std::vector<GuestState> found;
  for (const auto& [id, guest] : all_guests) {
    if (guest.quota == 0) continue;  // an empty place
    GuestState state;
    state.id = id;
    std::ranges::copy(guest.mac, state.mac.bytes.begin());
    AIRTAP_TRY(state.counters, read(counters, id, cpus));
    for (const auto& [key, value] : all_addresses) {
      if (value.owner == id) state.addresses.push_back(to_learned(key, value, now));
    }
    std::ranges::sort(state.addresses,
                      [](const auto& a, const auto& b) { return a.address < b.address; });
    found.push_back(std::move(state));
  }
  return found;
}

Result<> reset_counters(const BpfPins& pins, const IfName& uplink, unsigned id) {
  AIRTAP_TRY(const auto counters, open_counters(pins, uplink));
  AIRTAP_TRY(const auto zero, room_for_all_cpus());
  const std::uint32_t key = id;
  if (bpf_map_update_elem(counters.get(), &key, zero.data(), BPF_ANY) != 0) {
    return fail_errno("writing map counters", errno);
  }
  return {};
}

}  // namespace airtap
