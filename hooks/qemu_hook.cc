// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu_hook.h"

#include <fmt/format.h>

#include "base/log.h"
#include "domain/domain_xml.h"
#include "domain/prefilter.h"

namespace airtap {

namespace {

void report(const std::string& domain, const Cleanup& cleanup) {
  for (const std::string& removed : cleanup.removed) log::info(domain + ": removed " + removed);
  for (const Error& problem : cleanup.problems) log::warning(domain + ": " + problem.line());
}

Result<> attach(const HookCall& call, Stage stage, const Config& config, Session& session) {
  AIRTAP_TRY(const Domain domain, parse_domain(call.xml, config.claim));
  return session.attach(domain, stage, call.starter);
}

}  // namespace

Result<> run_qemu_hook(const HookCall& call, const Config& config, Session& session) {
  const auto in_domain = [&](Result<> result) -> Result<> {
    return result ? result : fail(result.error().within(call.domain));
  };
  if (call.operation == "prepare") return in_domain(attach(call, Stage::prepare, config, session));
  if (call.operation == "start") return in_domain(attach(call, Stage::start, config, session));
  const std::string uuid(uuid_of(call.xml));
  if (call.operation == "started") return in_domain(session.started(uuid));
  // From here libvirt ignores the status, or (reconnect) would kill a guest that runs.
  if (call.operation == "release") report(call.domain, session.detach(uuid));
  if (call.operation == "reconnect") report(call.domain, session.reconcile());
  return {};
}

}  // namespace airtap
