// SPDX-License-Identifier: LGPL-2.1-or-later
#include "session/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "apply/apply.h"
#include "base/log.h"
#include "plan/print.h"
#include "session/gather.h"

namespace airtap {

namespace {

void append_new(std::vector<FeatureUse>& to, const std::vector<FeatureUse>& from) {
  for (const FeatureUse& use : from)
    if (std::ranges::find(to, use) == to.end()) to.push_back(use);
}

/// Only mode station has to know what the radio can be at once.
bool wants_station(const Domain& domain, const Config& config) {
  return std::ranges::any_of(domain.nics, [&](const GuestNic& nic) {
    return nic.mode.value_or(config.mode) == Mode::station;
  });
}

void log_problems(const std::vector<Error>& problems) {
  for (const Error& problem : problems) log::warning(problem.line());
}

}  // namespace

Result<Plan> Session::plan(const Domain& domain) const {
  AIRTAP_TRY(const State state, load_state(store_));
  AIRTAP_TRY(const HostFacts facts, gather(kernel_, wants_station(domain, config_)));
  AIRTAP_TRY(Plan plan, plan_attach(domain, Stage::both, facts, config_, state.in_use()));
  return plan;
}

Result<> Session::attach(const Domain& domain, Stage stage, const Owners& owners) {
  if (domain.nics.empty()) return {};
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  // A record of this very domain at prepare is of a start whose end nobody told us.
  AIRTAP_TRY(State state, fresh_state(stage == Stage::prepare ? domain.uuid : ""));
  Cleanup cleanup;
  if (stage == Stage::prepare) forget_idle_devices(state, domain, cleanup);
  log_problems(cleanup.problems);
  return attach_nics(state,
                     {.name = domain.name,
                      .uuid = domain.uuid,
                      .starter = owners.starter,
                      .emulator = owners.emulator,
                      .watcher = owners.watcher},
                     domain, stage);
}

Result<State> Session::fresh_state(const std::string& ended) {
  AIRTAP_TRY(State state, load_state(store_));
  // What an unreadable record holds (ids, MACs, features) could be given away twice.
  if (!state.problems.empty())
    return fail(state.problems.front().with_hint(
        "stop the guest it belongs to, remove the file, run 'airtap reconcile'"));
  Cleanup cleanup;
  forget_stale_guests(state, &Processes::may_be_alive, cleanup);
  for (const std::string& key : state.keys_of(ended)) forget_guest(state, key, cleanup);
  remove_unused_features(state, cleanup);
  log_problems(cleanup.problems);
  // Where nobody runs the follower, a start at least finds what changed since the last one.
  Followed followed;
  follow_host(state, /*announce_all=*/false, followed);
  log_problems(followed.problems);
  return state;
}

Result<> Session::attach_nics(State& state, GuestRecord record, const Domain& domain, Stage stage) {
  AIRTAP_TRY(const HostFacts facts, gather(kernel_, wants_station(domain, config_)));
  AIRTAP_TRY(const Plan plan, plan_attach(domain, stage, facts, config_, state.in_use()));
  if (plan.nics.empty() && plan.uses.empty()) return {};
  if (const GuestRecord* existing = state.find_guest(record.key())) record = *existing;
  auto result = run(state, record, plan);
  if (!result) return result;
  for (const PlannedNic& nic : plan.nics)
    log::info(fmt::format("{}: {}: {} on {}, mode {} ({})", domain.name, nic.label,
                          nic.target.text(), nic.uplink.text(), to_text(nic.mode), nic.reason));
  return {};
}

Result<> Session::run(State& state, GuestRecord& record, const Plan& plan) {
  const GuestRecord* existing = state.find_guest(record.key());
  const bool is_new = existing == nullptr;
  const GuestRecord before = is_new ? record : *existing;

  record.phase = GuestPhase::attaching;
  record.nics.insert(record.nics.end(), plan.nics.begin(), plan.nics.end());
  AIRTAP_TRY(Actions actions, record.actions.get());
  actions.insert(actions.end(), plan.own.begin(), plan.own.end());
  record.actions = std::move(actions);
  append_new(record.uses, plan.uses);
  AIRTAP_CHECK(store_.write(record));

  auto result = make_shared_parts(state, plan.shared);
  if (result) {
    result = apply_all(kernel_, plan.own);
    if (result) {
      record.phase = GuestPhase::attached;
      result = store_.write(record);
      if (result) return {};
      log_problems(undo_all(kernel_, plan.own));
    }
  }
  // The error of the start is what the user must see; trouble with going back is for the journal.
  const auto restored = is_new ? store_.remove_guest(record.key()) : store_.write(before);
  if (!restored) log::warning(restored.error().line());
  Cleanup cleanup;
  remove_unused_features(state, cleanup);
  log_problems(cleanup.problems);
  return result;
}

Result<> Session::make_shared_parts(State& state, const std::vector<SharedPart>& parts) {
  for (const SharedPart& part : parts) {
    UplinkRecord& uplink = state.uplink(part.use.uplink);
    uplink.features.push_back({part.use.feature, /*complete=*/false, part.actions});
    AIRTAP_CHECK(store_.write(uplink));
    if (auto made = apply_all(kernel_, part.actions); !made)
      return fail(made.error().within(to_text(part.use.feature)).within(part.wanted_by));
    uplink.features.back().complete = true;
    AIRTAP_CHECK(store_.write(uplink));
  }
  return {};
}

Result<> Session::started(const std::string& uuid) {
  if (!store_.has_guest(uuid)) return {};
  AIRTAP_TRY(const auto lock, store_.lock(lock_timeout));
  AIRTAP_TRY(State state, load_state(store_));
  for (GuestRecord& guest : state.guests) {
    if (guest.uuid != uuid) continue;
    const auto emulator = processes_.emulator_of(guest.name, uuid);
    if (!emulator) return {};  // the starter's life stands for it
    guest.emulator = *emulator;
    AIRTAP_CHECK(store_.write(guest));
  }
  return {};
}

Cleanup Session::detach(const std::string& uuid) { return detach_keys(uuid, std::nullopt); }

Cleanup Session::detach(const std::string& uuid, const std::string& part) {
  return detach_keys(uuid, part);
}

Cleanup Session::detach_keys(const std::string& uuid, const std::optional<std::string>& part) {
  Cleanup cleanup;
  if (!store_.has_guest(uuid)) return cleanup;
  const auto lock = store_.lock(lock_timeout);
  auto state = lock ? load_state(store_) : Result<State>(fail(lock.error()));
  if (!state) {
    cleanup.problems.push_back(state.error());
    return cleanup;
  }
  const auto keys = part ? std::vector{GuestRecord::key_of(uuid, *part)} : state->keys_of(uuid);
  for (const std::string& key : keys) forget_guest(*state, key, cleanup);
  remove_unused_features(*state, cleanup);
  return cleanup;
}

}  // namespace airtap
