// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The real qemu hook, run by front.cc for domains that may have a NIC of ours.
#include "base/log.h"
#include "kernel/real_kernel.h"
#include "qemu_hook.h"
#include "real_hook.h"
#include "session/paths.h"

namespace airtap {
namespace {

Result<> run(const HookCall& call) {
  const bool starting = call.operation == "prepare" || call.operation == "start";
  AIRTAP_TRY(const Config config, hook_configuration(starting, call.domain));
  const RecordStore store(paths::records);
  AIRTAP_TRY(const auto domain, domain_of_ours(call, config, store));
  if (!domain) return {};
  AIRTAP_TRY(const auto kernel, RealKernel::open());
  const ProcProcesses processes;
  Session session(kernel->seam(), config, store, processes);
  return run_qemu_hook(call, *domain, session);
}

}  // namespace
}  // namespace airtap

int main(int argc, char** argv) {
  using namespace airtap;
  if (argc < 4) return 2;  // front.cc has explained the usage
  log::to_journal();
  log::about(argv[1]);
  const HookCall call{
      .domain = argv[1], .operation = argv[2], .xml = read_document(), .starter = starter()};
  // A guest that runs must not be killed for what we could not mend, and one that has ended leaves
  // it to its record.
  const bool too_late = call.operation == "reconnect" || call.operation == "release";
  return answer(run(call), too_late ? 0 : 1);
}
