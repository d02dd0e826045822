// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu_hook.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "domain/domain_xml.h"
#include "domain/prefilter.h"

namespace airtap {

namespace {

void report(const std::string& domain, const Cleanup& cleanup) {
  for (const std::string& removed : cleanup.removed)
    log::info(fmt::format("{}: removed {}", domain, removed));
  for (const Error& problem : cleanup.problems) log::warning(domain + ": " + problem.line());
}

bool has_work_at_start(const Domain& domain) {
  return std::ranges::any_of(domain.nics, [](const GuestNic& nic) { return !nic.device_is_ours; });
}

}  // namespace

Result<std::optional<Domain>> domain_of_ours(const HookCall& call, const Config& config,
                                             const RecordStore& store) {
  const std::string uuid(uuid_of(call.xml));
  if (call.operation != "prepare" && call.operation != "start") {
    if (uuid.empty() || !store.has_guest(uuid)) return std::nullopt;
    return Domain{call.domain, uuid, {}};
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
  if (call.operation == "start")
    return in_domain(session.attach(domain, Stage::start, call.starter));
  if (call.operation == "started") return in_domain(session.started(domain.uuid));
  // From here libvirt ignores the status, or (reconnect) would kill a guest that runs.
  if (call.operation == "release") report(call.domain, session.detach(domain.uuid));
  if (call.operation == "reconnect") report(call.domain, session.reconcile());
  return {};
}

}  // namespace airtap
