// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The real qemu hook, run by front.cc for domains that may have a NIC of ours.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/log.h"
#include "config/config.h"
#include "kernel/real_kernel.h"
#include "qemu_hook.h"
#include "session/paths.h"

namespace airtap {
namespace {

Result<> run(const HookCall& call) {
  auto config = load_config(paths::configuration);
  const bool starting = call.operation == "prepare" || call.operation == "start";
  if (!config) {
    if (starting) return fail(config.error().within(call.domain));
    // A broken configuration must not keep a guest's remains: undoing needs the record alone.
    log::warning(config.error().line());
    config = Config{};
  }
  const RecordStore store(paths::records);
  AIRTAP_TRY(const auto domain, domain_of_ours(call, *config, store));
  if (!domain) return {};
  AIRTAP_TRY(const auto kernel, RealKernel::open());
  const ProcProcesses processes;
  Session session(kernel->seam(), *config, store, processes);
  return run_qemu_hook(call, *domain, session);
}

}  // namespace
}  // namespace airtap

int main(int argc, char** argv) {
  using namespace airtap;
  if (argc < 4) return 2;  // front.cc has explained the usage
  log::to_journal();
  HookCall call{.domain = argv[1], .operation = argv[2]};
  std::cin >> std::noskipws;
  call.xml.assign(std::istreambuf_iterator<char>(std::cin), {});
  call.starter = ProcProcesses().identify(getppid()).value_or(ProcessId{});
  const auto result = run(call);
  if (result) return 0;
  std::fprintf(stderr, "airtap: %s\n", result.error().line().c_str());
  log::warning(result.error().line());
  // A guest that runs must not be killed for what we could not mend.
  return call.operation == "reconnect" ? 0 : 1;
}
