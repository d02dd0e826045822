// SPDX-License-Identifier: LGPL-2.1-or-later
#include "session/state.h"

#include <algorithm>

namespace airtap {

GuestRecord* State::find_guest(const std::string& key) {
  const auto found = std::ranges::find(guests, key, &GuestRecord::key);
  return found == guests.end() ? nullptr : &*found;
}

std::vector<std::string> State::keys_of(const std::string& uuid) const {
  std::vector<std::string> keys;
  for (const GuestRecord& guest : guests)
    if (guest.uuid == uuid) keys.push_back(guest.key());
  return keys;
}

UplinkRecord& State::uplink(const IfName& name) {
  const auto found = std::ranges::find(uplinks, name, &UplinkRecord::uplink);
  return found != uplinks.end() ? *found : uplinks.emplace_back(UplinkRecord{name, {}});
}

bool State::is_used(const FeatureUse& use) const {
  return std::ranges::any_of(guests, [&](const GuestRecord& guest) {
    return std::ranges::find(guest.uses, use) != guest.uses.end();
  });
}

std::vector<UplinkInUse> State::in_use() const {
  std::vector<UplinkInUse> result;
  const auto entry = [&](const IfName& name) -> UplinkInUse& {
    const auto found = std::ranges::find(result, name, &UplinkInUse::uplink);
    if (found != result.end()) return *found;
    result.push_back({.uplink = name});
    return result.back();
  };
  for (const UplinkRecord& uplink : uplinks)
    for (const FeatureRecord& feature : uplink.features)
      if (feature.complete) entry(uplink.uplink).active.push_back(feature.feature);
  for (const GuestRecord& guest : guests) {
    for (const PlannedNic& nic : guest.nics) {
      entry(nic.uplink).guest_ids.push_back(nic.id);
      entry(nic.uplink).guest_macs.push_back(nic.mac);
      entry(nic.uplink).guest_devices.push_back(nic.target);
      if (nic.mode == Mode::station) ++entry(nic.uplink).stations;
    }
  }
  return result;
}

Result<State> load_state(const RecordStore& store) {
  State state;
  AIRTAP_TRY(state.guests, store.guests(state.problems));
  AIRTAP_TRY(state.uplinks, store.uplinks(state.problems));
  return state;
}

}  // namespace airtap
