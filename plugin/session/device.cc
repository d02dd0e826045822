// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of Session for single devices: for a hotplug of <interface type='ethernet'> libvirt runs
// no hook, so somebody makes the device before and takes it away after.
#include <fmt/format.h>

#include <algorithm>

#include "apply/apply.h"
#include "plan/names.h"
#include "session/session.h"

namespace airtap {

namespace {

/// No domain has it (RFC 9562, 5.9): devices that nobody's life stands for.
constexpr const char* nobody = "00000000-0000-0000-0000-000000000000";

/// Of several NICs of one record, the actions for this one: all name its device or its guest.
struct IsOf {
  const PlannedNic& nic;

  bool operator()(const CreateTap& a) const { return a.name == nic.target; }
  bool operator()(const CreateIpvtap& a) const { return a.name == nic.target; }
  bool operator()(const CreateIpvlan& a) const { return a.name == nic.target; }
  bool operator()(const CreateMacvtap& a) const { return a.name == nic.target; }
  bool operator()(const CreateStation& a) const { return a.name == station(); }
  bool operator()(const JoinNetwork& a) const { return a.station == station(); }
  bool operator()(const JoinBridge& a) const { return a.port == nic.target; }
  bool operator()(const SetUp& a) const {
    return a.device == nic.target || (nic.mode == Mode::station && a.device == station());
  }
  bool operator()(const AttachPrograms& a) const { return a.device == nic.target; }
  bool operator()(const RegisterGuest& a) const { return a.uplink == nic.uplink && a.id == nic.id; }
  bool operator()(const auto&) const { return false; }
  IfName station() const { return station_of(nic.target); }
};

}  // namespace

Result<> Session::up(const GuestNic& nic, const std::optional<DomainName>& domain) {
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  AIRTAP_TRY(State state, fresh_state({}));
  GuestRecord record{
      .name = nic.target, .uuid = nobody, .part = nic.target, .of = RecordOf::device};
  if (domain) {
    const auto emulator = processes_.emulator_of(domain->name, domain->uuid);
    if (!emulator) return fail(domain->name + " is not running");
    record = {.name = domain->name, .uuid = domain->uuid, .part = nic.target};
    record.emulator = *emulator;
  }
  Domain one;
  one.name = record.name;
  one.uuid = record.uuid;
  one.nics = {nic};
  return attach_nics(state, std::move(record), one, Stage::prepare);
}

Result<Cleanup> Session::down(const IfName& device) {
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  AIRTAP_TRY(State state, load_state(store_));
  const auto has_it = [&](const GuestRecord& guest) {
    return std::ranges::find(guest.nics, device, &PlannedNic::target) != guest.nics.end();
  };
  const auto guest = std::ranges::find_if(state.guests, has_it);
  if (guest == state.guests.end())
    return fail(fmt::format("{} is no device of airtap's", device.text()),
                "'airtap status' lists those there are");
  // An ipvtap does not show it; libvirt has taken it from the guest, or its traffic ends here.
  if (const auto link = kernel_.links.find(device); link && link->kind == "tun" && link->carrier)
    return fail(fmt::format("{} is plugged into {}", device.text(),
                            guest->of == RecordOf::device ? "a guest" : guest->name),
                "take it out first: virsh detach-device", EBUSY);
  if (std::ranges::find(guest->nics, device, &PlannedNic::target)->mode == Mode::ipvlan &&
      processes_.alive(guest->emulator))
    return fail(fmt::format("{} is in the container {}", device.text(), guest->name),
                "stop it: libvirt cannot take a device out of one that runs", EBUSY);
  Cleanup cleanup;
  if (guest->nics.size() == 1)
    forget_guest(state, guest->key(), cleanup);
  else
    forget_nic(*guest, device, cleanup);
  remove_unused_features(state, cleanup);
  return cleanup;
}

void Session::forget_nic(GuestRecord& guest, const IfName& device, Cleanup& cleanup) {
  const auto nic = std::ranges::find(guest.nics, device, &PlannedNic::target);
  const auto is_of_it = [&](const Action& action) { return std::visit(IsOf{*nic}, action); };
  auto actions = guest.actions.get();
  if (!actions) return cleanup.problems.push_back(actions.error().within(guest.name));
  Actions its_own;
  std::ranges::copy_if(*actions, std::back_inserter(its_own), is_of_it);
  cleanup.problems = undo_all(kernel_, its_own);
  if (!cleanup.problems.empty()) return;
  cleanup.removed.push_back(fmt::format("{} of {}", device.text(), guest.name));
  std::erase_if(*actions, is_of_it);
  guest.actions = std::move(*actions);
  guest.nics.erase(nic);
  if (auto written = store_.write(guest); !written) cleanup.problems.push_back(written.error());
}

void Session::forget_idle_devices(State& state, const Domain& domain, Cleanup& cleanup) {
  for (const GuestNic& nic : domain.nics) {
    const std::string key = GuestRecord::key_of(nobody, nic.target);
    const GuestRecord* record = state.find_guest(key);
    if (record == nullptr || !nic.device_is_ours) continue;
    const auto link = kernel_.links.find(record->nics.front().target);
    if (!link || !link->carrier || link->kind != "tun") forget_guest(state, key, cleanup);
  }
}

}  // namespace airtap
