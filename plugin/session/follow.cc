// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of Session that keeps running guests on the LAN while the host changes.
#include "apply/follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "plan/names.h"
#include "session/session.h"

namespace airtap {

namespace {

/// The datapath lets another guest have an address that was silent for so long
/// (datapath/README.md), so from then on nobody can say whose it is.
constexpr std::uint64_t still_held_ms = 300'000;

void add_guests(Kernel& kernel, const LinkFacts& uplink, const State& state,
                std::vector<Announcement>& announcements) {
  const auto known = kernel.datapath.guests(uplink.name);
  if (!known) return;  // nothing is loaded: nothing to announce
  for (const GuestRecord& guest : state.guests) {
    const auto actions = guest.actions.get();
    if (!actions) continue;  // said where they are to be undone
    for (const Action& action : *actions) {
      const auto* port = std::get_if<RegisterGuest>(&action);
      if (port == nullptr || port->uplink != uplink.name) continue;
      const auto found = std::ranges::find(*known, port->id, &GuestState::id);
      if (found == known->end()) continue;
      for (const LearnedAddress& learned : found->addresses)
        if (learned.age_ms < still_held_ms)
          announcements.push_back(
              {learned.address, port->translate ? uplink.mac : found->mac, Audience::lan});
    }
  }
}

void add_host(const LinkFacts& uplink, const std::vector<HostAddress>& addresses,
              std::vector<Announcement>& announcements) {
  for (const HostAddress& address : addresses)
    if (address.ifindex == uplink.ifindex && !address.tentative)
      announcements.push_back({address.address, uplink.mac, Audience::everyone});
}

/// An ipvlan is deleted by the kernel together with its uplink, wherever it is.
void report_lost_ipvlans(const IfName& uplink, const State& state, Followed& followed) {
  for (const GuestRecord& guest : state.guests)
    for (const PlannedNic& nic : guest.nics)
      if (nic.uplink == uplink && nic.mode == Mode::ipvlan)
        followed.problems.emplace_back(fmt::format("{}: {}: its ipvlan went with the device {}",
                                                   guest.name, nic.label, uplink.text()),
                                       "restart the container; one with a veth survives this");
}

/// What the radio of `uplink` sends on now; 0 when it is in no network. ENODEV: it is gone.
Result<unsigned> frequency_of(Kernel& kernel, const IfName& uplink) {
  AIRTAP_TRY(const LinkFacts link, kernel.links.find(uplink));
  AIRTAP_TRY(const auto network, kernel.wireless.association(link.ifindex));
  return network ? network->frequency : 0;
}

}  // namespace

/// A station keeps its radio on the channel it is on, which could keep the host from another one.
void Session::follow_station(const GuestRecord& guest, const PlannedNic& nic,
                             const Result<unsigned>& frequency, Followed& followed) {
  const std::string who = guest.name + ": " + nic.label;
  if (!frequency && frequency.error().code() == ENODEV) {
    followed.problems.emplace_back(who + ": its station went with the device " + nic.uplink.text(),
                                   "restart the guest; one in mode macnat survives this");
    return;
  }
  const auto told = frequency ? kernel_.supplicants.follow(station_of(nic.target), *frequency)
                              : Result<bool>(fail(frequency.error()));
  if (!told)
    followed.problems.push_back(told.error().within(who));
  else if (*told)
    followed.mended.push_back(
        *frequency == 0
            ? who + ": waits for " + nic.uplink.text() + " to join a network"
            : fmt::format("{}: joins {} MHz, like {}", who, *frequency, nic.uplink.text()));
}

Result<> Session::announce(const State& state, const UplinkRecord& record) {
  AIRTAP_TRY(const LinkFacts uplink, kernel_.links.find(record.uplink));
  AIRTAP_TRY(const auto addresses, kernel_.links.addresses());
  std::vector<Announcement> announcements;
  add_host(uplink, addresses, announcements);
  add_guests(kernel_, uplink, state, announcements);
  return kernel_.reach.announce(uplink.ifindex, announcements);
}

void Session::follow_host(const State& state, bool announce_all, Followed& followed) {
  std::map<IfName, Result<unsigned>> frequencies;
  for (const GuestRecord& guest : state.guests)
    for (const PlannedNic& nic : guest.nics) {
      if (nic.mode != Mode::station || guest.phase != GuestPhase::attached) continue;
      auto at = frequencies.find(nic.uplink);
      if (at == frequencies.end())
        at = frequencies.emplace(nic.uplink, frequency_of(kernel_, nic.uplink)).first;
      follow_station(guest, nic, at->second, followed);
    }
  for (const UplinkRecord& record : state.uplinks) {
    const auto change = follow_uplink(kernel_, record);
    if (!change) {
      followed.problems.push_back(change.error().within(record.uplink.text()));
      continue;
    }
    for (const std::string& line : change->mended)
      followed.mended.push_back(record.uplink.text() + ": " + line);
    followed.moved = followed.moved || change->host_moved;
    if (change->made_anew) report_lost_ipvlans(record.uplink, state, followed);
    if (!change->present || !(announce_all || change->host_moved)) continue;
    // Down again already: the way up will be announced.
    if (auto told = announce(state, record); !told && told.error().code() != ENETDOWN)
      followed.problems.push_back(told.error().within(record.uplink.text()));
  }
}

Result<Followed> Session::follow(bool announce_all) {
  Followed followed;
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  AIRTAP_TRY(const State state, load_state(store_));
  // A record that cannot be read may be a guest's.
  followed.guests_left = !state.guests.empty() || !state.problems.empty();
  follow_host(state, announce_all, followed);
  return followed;
}

}  // namespace airtap
