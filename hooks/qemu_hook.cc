// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu_hook.h"

#include <algorithm>

#include "domain/domain_xml.h"
#include "domain/prefilter.h"
#include "report.h"

namespace airtap {

namespace {

bool has_work_at_start(const Domain& domain) {
  return !domain.ports.empty() ||
         std::ranges::any_of(domain.nics, [](const GuestNic& nic) { return !nic.device_is_ours; });
}

/// The daemon is back. What it plugged in just before it died may not have been seen through.
Result<> reconnect(const HookCall& call, const Domain& domain, Session& session) {
  AIRTAP_CHECK(session.started(domain.uuid));
  report(call.domain, session.reconcile());
  return session.settle(domain.uuid, domain.ports);
}

}  // namespace

Result<std::optional<Domain>> domain_of_ours(const HookCall& call, const Config& config,
                                             const RecordStore& store) {
  const std::string uuid(uuid_of(call.xml));
  if (call.operation != "prepare" && call.operation != "start") {
    if (uuid.empty() || !store.has_guest(uuid)) return std::nullopt;
    Domain known{call.domain, uuid, {}, {}};
    if (call.operation == "reconnect")
      if (auto now = parse_domain(call.xml, config.claim)) known.ports = std::move(now->ports);
    return known;
  }
  auto domain = parse_domain(call.xml, config.claim);
  if (!domain) return fail(domain.error().within(call.domain));
  const bool work = call.operation == "start" ? has_work_at_start(*domain) : !domain->nics.empty();
  if (!work) return std::nullopt;
  return std::move(*domain);
}

Result<> run_qemu_hook(const HookCall& call, const Domain& domain, Session& session) {
  const auto in_domain = [&](Result<> result) -> Result<> {
    return result ? result : fail(result.error().within(call.domain));
  };
  if (call.operation == "prepare")
    return in_domain(session.attach(domain, Stage::prepare, call.starter));
  if (call.operation == "start") {
    auto attached = session.attach(domain, Stage::start, call.starter);
    return in_domain(attached ? session.settle(domain.uuid, domain.ports) : attached);
  }
  if (call.operation == "started") return in_domain(session.started(domain.uuid));
  // From here libvirt ignores the status, or (reconnect) would kill a guest that runs.
  if (call.operation == "release") report(call.domain, session.detach(domain.uuid));
  if (call.operation == "reconnect") return in_domain(reconnect(call, domain, session));
  return {};
}

}  // namespace airtap
