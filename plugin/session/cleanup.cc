// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The half of Session that takes away: guests that ended, features nobody uses, leftovers.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apply/apply.h"
#include "apply/settings.h"
#include "plan/names.h"
#include "plan/print.h"
#include "session/session.h"

namespace airtap {

/// A caller's TAP goes with its emulator, and nobody has the node of its ipvtap open any more: all
/// that tells of the end when the watcher was killed and the caller is a daemon.
bool Session::has_lost_a_device(const GuestRecord& guest) const {
  return std::ranges::any_of(guest.nics, [this](const PlannedNic& nic) {
    const auto link = kernel_.links.find(nic.target);
    if (!link) return link.error().code() == ENODEV;
    return nic.mode == Mode::ipvtap &&
           processes_.nobody_has_open(fmt::format("/dev/tap{}", link->ifindex));
  });
}

bool Session::is_stale(const GuestRecord& guest, IsAlive is_alive) const {
  // The lock is ours, so whoever was attaching is not doing so any more.
  if (guest.phase == GuestPhase::attaching) return true;
  if (guest.of == RecordOf::device) return false;
  // The exact question at a start, too: nobody may have reaped a watcher that was killed.
  if (processes_.alive(guest.watcher)) return false;
  if (guest.watcher.pid > 0 && has_lost_a_device(guest)) return true;
  if (guest.of == RecordOf::network)
    return !processes_.network_runs(guest.name, guest.uuid) &&
           !(processes_.*is_alive)(guest.starter);
  if (guest.emulator.pid > 0) return !(processes_.*is_alive)(guest.emulator);
  // Between `prepare` and the emulator's birth only the daemon's life speaks for the domain.
  return !(processes_.*is_alive)(guest.starter) && !processes_.emulator_of(guest.name, guest.uuid);
}

void Session::forget_guest(State& state, const std::string& key, Cleanup& cleanup) {
  const GuestRecord* guest = state.find_guest(key);
  if (guest == nullptr) return;
  const auto actions = guest->actions.get();
  auto errors = actions ? undo_all(kernel_, *actions)
                        : std::vector{actions.error().within("the record of " + guest->name)};
  if (errors.empty()) {
    if (auto removed = store_.remove_guest(key); !removed) errors.push_back(removed.error());
    cleanup.removed.push_back((guest->of == RecordOf::network  ? "network "
                               : guest->of == RecordOf::device ? "device "
                                                               : "guest ") +
                              guest->name);
    std::erase_if(state.guests, [&](const GuestRecord& g) { return g.key() == key; });
  }
  std::ranges::move(errors, std::back_inserter(cleanup.problems));
}

void Session::forget_stale_guests(State& state, IsAlive is_alive, Cleanup& cleanup) {
  std::vector<std::string> stale;
  for (const GuestRecord& guest : state.guests)
    if (is_stale(guest, is_alive)) stale.push_back(guest.key());
  for (const std::string& key : stale) forget_guest(state, key, cleanup);
}

void Session::remove_unused_features(State& state, Cleanup& cleanup) {
  // A guest whose record cannot be read may use anything.
  if (!state.problems.empty()) return;
  for (UplinkRecord& uplink : state.uplinks) {
    bool changed = false;
    // Later features stand on earlier ones.
    for (auto i = uplink.features.size(); i-- > 0;) {
      FeatureRecord& feature = uplink.features[i];
      if (feature.complete && state.is_used({uplink.uplink, feature.feature})) continue;
      changed = true;
      auto errors = undo_all(kernel_, feature.actions, patience_);
      if (errors.empty()) {
        cleanup.removed.push_back(
            fmt::format("{} of {}", to_text(feature.feature), uplink.uplink.text()));
        uplink.features.erase(uplink.features.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        feature.complete = false;
        std::ranges::move(errors, std::back_inserter(cleanup.problems));
      }
    }
    if (!changed) continue;
    const bool datapath_stays = std::ranges::any_of(uplink.features, [](const FeatureRecord& f) {
      return f.feature == Feature::datapath && f.complete;
    });
    // The bridge's port may be gone: its ifindex must not stay where another device could get it.
    if (datapath_stays)
      if (auto told = refresh_settings(kernel_, uplink.uplink); !told)
        cleanup.problems.push_back(told.error());
    auto stored =
        uplink.features.empty() ? store_.remove_uplink(uplink.uplink) : store_.write(uplink);
    if (!stored) cleanup.problems.push_back(stored.error());
  }
  std::erase_if(state.uplinks, [](const UplinkRecord& uplink) { return uplink.features.empty(); });
}

namespace {

/// Names of devices that the records account for.
std::set<IfName> recorded_devices(const State& state) {
  std::set<IfName> names;
  for (const GuestRecord& guest : state.guests)
    for (const PlannedNic& nic : guest.nics) names.insert({nic.target, station_of(nic.target)});
  for (const UplinkRecord& uplink : state.uplinks) {
    const UplinkDevices devices = devices_of(uplink.uplink);
    names.insert({devices.bridge, devices.bridge_port, devices.veth_inner, devices.batman,
                  devices.batman_sink});
  }
  return names;
}

}  // namespace

void Session::remove_orphans(const State& state, Cleanup& cleanup) {
  // An unreadable record may account for anything: then nothing is an orphan.
  if (!state.problems.empty()) return;
  const auto recorded = recorded_devices(state);
  const auto links = kernel_.links.list();
  if (!links) return cleanup.problems.push_back(links.error());
  for (const LinkFacts& link : *links) {
    const bool station = is_station_name(link.name);
    const bool ours = link.alias == "airtap" || link.being_made || station;
    if (!ours || recorded.contains(link.name)) continue;
    auto removed = station
                       ? undo(kernel_, CreateStation{.name = link.name, .uplink = {}, .mac = {}})
                       : kernel_.links.remove(link.name);
    if (removed)
      cleanup.removed.push_back("device " + link.name.text());
    else if (removed.error().code() != ENODEV)
      cleanup.problems.push_back(removed.error());
  }
  const auto stations = kernel_.supplicants.stations();
  if (!stations) return cleanup.problems.push_back(stations.error());
  for (const IfName& station : *stations) {
    if (recorded.contains(station)) continue;
    if (auto stopped = kernel_.supplicants.stop(station); !stopped)
      cleanup.problems.push_back(stopped.error());
    else
      cleanup.removed.push_back("wpa_supplicant of " + station.text());
  }
  const auto loaded = kernel_.datapath.loaded();
  if (!loaded) return cleanup.problems.push_back(loaded.error());
  for (const IfName& uplink : *loaded) {
    if (std::ranges::find(state.uplinks, uplink, &UplinkRecord::uplink) != state.uplinks.end())
      continue;
    if (auto undone = kernel_.datapath.unload(uplink); !undone)
      cleanup.problems.push_back(undone.error());
    cleanup.removed.push_back("programs of " + uplink.text());
  }
}

Cleanup Session::reconcile() {
  Cleanup cleanup;
  const auto lock = store_.lock(lock_timeout);
  auto state = lock ? load_state(store_) : Result<State>(fail(lock.error()));
  if (!state) {
    cleanup.problems.push_back(state.error());
    return cleanup;
  }
  cleanup.problems = state->problems;
  forget_stale_guests(*state, &Processes::alive, cleanup);
  remove_unused_features(*state, cleanup);
  remove_orphans(*state, cleanup);
  return cleanup;
}

}  // namespace airtap
