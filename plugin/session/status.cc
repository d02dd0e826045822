// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <map>

#include "session/session.h"

namespace airtap {

Result<std::vector<NicStatus>> Session::status() const {
  AIRTAP_TRY(const State state, load_state(store_));
  std::map<IfName, std::vector<GuestState>> traffic;
  std::vector<NicStatus> result;
  for (const GuestRecord& guest : state.guests) {
    for (const PlannedNic& nic : guest.nics) {
      NicStatus status{.owner = guest.name, .uuid = guest.uuid, .nic = nic};
      if (const auto link = kernel_.links.find(nic.uplink)) status.station_mac = link->mac;
      if (!traffic.contains(nic.uplink)) {
        // A missing datapath shows as missing figures; the record is still worth showing.
        auto guests = kernel_.datapath.guests(nic.uplink);
        traffic[nic.uplink] = guests ? std::move(*guests) : std::vector<GuestState>{};
      }
      const auto& guests = traffic[nic.uplink];
      const auto found = std::ranges::find(guests, nic.id, &GuestState::id);
      if (found != guests.end()) {
        status.has_traffic = true;
        status.datapath = *found;
        if (nic.mac.is_zero()) status.nic.mac = found->mac;
      }
      result.push_back(std::move(status));
    }
  }
  return result;
}

}  // namespace airtap
