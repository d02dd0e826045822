// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The real network hook, run by front.cc for networks that may be ours.
#include "await_tap.h"
#include "base/log.h"
#include "kernel/real_kernel.h"
#include "network_hook.h"
#include "real_hook.h"
#include "session/paths.h"

namespace airtap {
namespace {

constexpr std::chrono::seconds hotplug_timeout(60);

template <class F>
Result<> with_session(const Config& config, F&& f) {
  AIRTAP_TRY(const auto kernel, RealKernel::open());
  const ProcProcesses processes;
  Session session(kernel->seam(), config, RecordStore(paths::records), processes);
  return f(session);
}

/// By name in libvirt's own record of a running domain.
std::optional<PortTap> tap_of(const NetworkPort& port, const std::function<bool()>& wanted,
                              std::chrono::milliseconds timeout) {
  const auto status = std::filesystem::path(paths::domain_status) / (port.domain_name + ".xml");
  return await_tap(status, port.uuid, wanted, timeout);
}

void settle_later(const NetworkPort& port, const Config& config) {
  later([&] {
    const std::string record = GuestRecord::key_of(port.domain_uuid, port.uuid);
    const auto tap = tap_of(
        port, [&] { return RecordStore(paths::records).has_guest(record); }, hotplug_timeout);
    if (!tap) return;
    const auto settled = with_session(
        config, [&](Session& session) { return session.settle(port.domain_uuid, {*tap}); });
    if (!settled) log::warning(port.domain_name + ": " + settled.error().line());
  });
}

Result<> run(const NetworkCall& call, const std::string& xml) {
  const bool starting = call.operation == "start" || call.operation == "port-created";
  AIRTAP_TRY(const Config config, hook_configuration(starting, "network " + call.network));
  AIRTAP_TRY(const auto document, parse_network(xml));
  if (!document) return {};
  if (document->port) log::about(document->port->domain_name);
  auto result = with_session(
      config, [&](Session& session) { return run_network_hook(call, *document, session); });
  if (call.operation != "port-created" || !document->port) return result;
  const NetworkPort& port = *document->port;
  if (!result) {
    // Not a start but a daemon that has come back: a guest that runs must not suffer from it.
    if (!tap_of(
            port, [] { return true; }, std::chrono::milliseconds(0)))
      return result;
    log::warning(result.error().line());
    return {};
  }
  if (ProcProcesses().emulator_of(port.domain_name, port.domain_uuid)) settle_later(port, config);
  return {};
}

}  // namespace
}  // namespace airtap

int main(int argc, char** argv) {
  using namespace airtap;
  if (argc < 4) return 2;  // front.cc has explained the usage
  log::to_journal();
  const NetworkCall call{.network = argv[1], .operation = argv[2], .starter = starter()};
  return answer(run(call, read_document()), 1);
}
