// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "session/session.h"

namespace airtap {

namespace {

/// One uplink, read once for all its guests.
struct Read {
  UplinkStatus uplink;
  std::vector<GuestState> guests;
};

Read read_uplink(Kernel& kernel, const IfName& name) {
  Read read{.uplink = {.uplink = name}};
  if (const auto link = kernel.links.find(name)) read.uplink.station_mac = link->mac;
  // A missing datapath shows as missing figures; the record is still worth showing.
  if (auto guests = kernel.datapath.guests(name)) read.guests = std::move(*guests);
  if (auto strangers = kernel.datapath.strangers(name)) read.uplink.strangers = *strangers;
  return read;
}

/// What no program sees: the bridge floods group frames to TAPs, and what finds a guest's queue
/// full ends there. Counted by the device, whichever way a frame came; an ipvtap's own count has
/// only the frames that ipvlan brings, which we let none in of.
void add_device_counters(Links& links, const PlannedNic& nic, GuestCounters& counters) {
  if (nic.target.empty()) return;
  const auto device = links.counters(nic.target);
  if (!device) return;
  const bool is_tap = nic.mode != Mode::ipvtap;
  if (is_tap) {
    counters.to_guest_packets = device->tx_packets;
    counters.to_guest_bytes = device->tx_bytes;
  }
  const auto full = is_tap ? device->tx_dropped : device->rx_dropped;
  if (full != 0) counters.drops.emplace_back("queue_full", full);
}

}  // namespace

Result<Status> Session::status(const std::optional<std::string>& domain) const {
  AIRTAP_TRY(State state, load_state(store_));
  Status status;
  std::map<IfName, Read> uplinks;
  for (const GuestRecord& guest : state.guests) {
    if (domain && *domain != guest.name && *domain != guest.uuid) continue;
    for (const PlannedNic& nic : guest.nics) {
      auto at = uplinks.find(nic.uplink);
      if (at == uplinks.end())
        at = uplinks.emplace(nic.uplink, read_uplink(kernel_, nic.uplink)).first;
      const auto& [uplink, guests] = at->second;
      NicStatus& shown = status.nics.emplace_back(NicStatus{
          .owner = guest.name, .uuid = guest.uuid, .nic = nic, .station_mac = uplink.station_mac});
      if (nic.mode == Mode::ipvlan) shown.nic.mac = uplink.station_mac;
      if (nic.mode == Mode::station) {
        const auto link = kernel_.links.find(nic.target);
        shown.joined = link && link->carrier;
        continue;
      }
      const auto found = std::ranges::find(guests, nic.id, &GuestState::id);
      if (found == guests.end()) continue;
      shown.has_traffic = true;
      shown.datapath = *found;
      if (nic.mac.is_zero()) shown.nic.mac = found->mac;
      add_device_counters(kernel_.links, nic, shown.datapath.counters);
    }
  }
  if (domain && status.nics.empty())
    return fail(fmt::format("no guest {} uses airtap", *domain),
                "airtap status without a name shows those that do", ENOENT);
  for (auto& [name, read] : uplinks) status.uplinks.push_back(std::move(read.uplink));
  status.problems = std::move(state.problems);
  return status;
}

}  // namespace airtap
