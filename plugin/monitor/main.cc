// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "base/log.h"
#include "kernel/real_kernel.h"
#include "monitor/follower.h"
#include "session/paths.h"

namespace airtap {
namespace {

Result<UniqueFd> stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return fail_errno("signals", errno);
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return fail_errno("signals", errno);
  return fd;
}

Result<> run() {
  auto records = RecordWatch::open(paths::records);
  if (!records && records.error().code() == ENOENT) return {};  // nobody was ever started
  if (!records) return fail(records.error());
  AIRTAP_TRY(const UniqueFd stop, stop_signals());
  AIRTAP_TRY(auto events, KernelEvents::open());
  AIRTAP_TRY(const auto kernel, RealKernel::open());
  const ProcProcesses processes;
  Session session(kernel->seam(), Config{}, RecordStore(paths::records), processes);
  return Follower(session, events, *records, stop.get()).run();
}

}  // namespace
}  // namespace airtap

int main(int argc, char** argv) {
  using namespace airtap;
  CLI::App app{
      "Keeps running guests on the LAN while the host changes its MAC, its addresses, its gateway\n"
      "or its access point. Ends by itself when no guest is left. systemd starts it; see "
      "airtap(8).",
      "airtap-monitor"};
  app.set_version_flag("--version", "airtap-monitor " AIRTAP_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  log::to_journal();
  const auto result = run();
  if (result) return 0;
  log::warning(result.error().line());
  std::cerr << "airtap-monitor: " << result.error().line() << "\n";
  return 1;
}
