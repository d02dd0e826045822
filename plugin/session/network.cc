// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of Session for guests on a libvirt network. libvirt tells of them in two steps: a port,
// with a MAC and without a device, then (at a domain's start, or never) the TAP.
#include <fmt/format.h>

#include <algorithm>

#include "apply/apply.h"
#include "base/log.h"
#include "plan/choose.h"
#include "plan/names.h"
#include "plan/plan_network.h"
#include "session/gather.h"
#include "session/session.h"

namespace airtap {

namespace {

/// How the datapath knows the guest of a port's record.
const RegisterGuest* registration(const Actions& actions) {
  for (const Action& action : actions)
    if (const auto* found = std::get_if<RegisterGuest>(&action)) return found;
  return nullptr;
}

/// What settle() has added before.
Actions after_registration(const Actions& actions) {
  const auto first = std::ranges::find_if(
      actions, [](const Action& action) { return std::holds_alternative<RegisterGuest>(action); });
  return first == actions.end() ? Actions{} : Actions(first + 1, actions.end());
}

}  // namespace

Result<Network> Session::complete(Network network) const {
  AIRTAP_TRY(const HostFacts facts, gather(kernel_, /*with_radios=*/false));
  GuestNic nic;
  nic.uplink = network.uplink;
  AIRTAP_TRY(const UplinkFacts* uplink, choose_uplink(nic, facts, config_));
  network.uplink = uplink->link.name.text();
  network.bridge = devices_of(uplink->link.name).bridge.text();
  AIRTAP_TRY(const Plan plan, plan_network(network, facts, config_, {}));
  return network;
}

Result<> Session::start_network(const Network& network, const ProcessId& starter) {
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  AIRTAP_TRY(State state, fresh_state({}));
  return start_network(state, network, starter);
}

Result<> Session::start_network(State& state, const Network& network, const ProcessId& starter) {
  GuestRecord record{.name = network.name,
                     .uuid = network.uuid,
                     .of = RecordOf::network,
                     .phase = GuestPhase::attached,
                     .starter = starter};
  if (const GuestRecord* existing = state.find_guest(record.key())) {
    if (!existing->uses.empty()) return {};
    record = *existing;
  }
  AIRTAP_TRY(const HostFacts facts, gather(kernel_, /*with_radios=*/false));
  auto plan = plan_network(network, facts, config_, state.in_use());
  if (plan) return run(state, record, *plan);
  if (plan.error().code() != ENODEV) return fail(plan.error());
  log::warning(fmt::format("network {}: {}; its bridge is made when a guest joins", network.name,
                           plan.error().what()));
  return store_.write(record);
}

Result<> Session::attach_port(const Network& network, const NetworkPort& port,
                              const ProcessId& starter) {
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  AIRTAP_TRY(State state, fresh_state({}));
  // The network may have been started before airtap was there, or before its uplink was.
  if (auto kept = start_network(state, network, starter); !kept) return kept;
  GuestRecord record{
      .name = port.domain_name,
      .uuid = port.domain_uuid,
      .part = port.uuid,
      .starter = starter,
      .emulator = processes_.emulator_of(port.domain_name, port.domain_uuid).value_or(ProcessId{})};
  if (GuestRecord* existing = state.find_guest(record.key())) {
    existing->starter = starter;
    return store_.write(*existing);
  }
  const Domain domain{port.domain_name, port.domain_uuid, {nic_of(network, port)}, {}};
  // The network's record is new in the store: plans must know of its features.
  AIRTAP_TRY(state, load_state(store_));
  return attach_nics(state, std::move(record), domain, Stage::start);
}

Result<> Session::settle(const std::string& uuid, const std::vector<PortTap>& taps) {
  if (taps.empty()) return {};
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  AIRTAP_TRY(State state, load_state(store_));
  for (const PortTap& tap : taps) {
    GuestRecord* guest = state.find_guest(GuestRecord::key_of(uuid, tap.port));
    if (guest == nullptr)
      return fail(fmt::format("{}: libvirt has not told airtap of this network port", tap.tap),
                  "let libvirt look for hooks again: systemctl reload libvirtd");
    auto settled = settle(*guest, tap);
    if (!settled) return fail(settled.error().within(tap.tap));
  }
  return {};
}

Result<> Session::settle(GuestRecord& guest, const PortTap& tap) {
  AIRTAP_TRY(Actions actions, guest.actions.get());
  const RegisterGuest* known = registration(actions);
  if (known == nullptr || guest.nics.empty()) return {};
  // Again, after a daemon's restart: whoever was at it last may have been killed half way.
  if (!guest.nics.front().target.empty()) return apply_all(kernel_, after_registration(actions));
  const GuestRecord before = guest;
  const RegisterGuest on_bridge = *known;
  AIRTAP_TRY(guest.nics.front().target, IfName::parse(tap.tap));
  const Actions steps =
      tap.on_bridge_only ? Actions{} : plan_port_tap(on_bridge, guest.nics.front().target);
  actions.insert(actions.end(), steps.begin(), steps.end());
  guest.actions = std::move(actions);
  auto result = store_.write(guest);
  if (result) result = apply_all(kernel_, steps);
  if (result) return {};
  // As it was: over the bridge it works too.
  for (const auto& restored : {apply(kernel_, on_bridge), store_.write(before)})
    if (!restored) log::warning(restored.error().line());
  guest = before;
  return result;
}

}  // namespace airtap
