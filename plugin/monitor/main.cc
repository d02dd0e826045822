// SPDX-License-Identifier: LGPL-2.1-or-later
//
// No CLI11 here: two options, and a process that stays should be small.
#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "base/log.h"
#include "kernel/real_kernel.h"
#include "monitor/follower.h"
#include "session/paths.h"

namespace airtap {
namespace {

constexpr const char* usage =
    "usage: airtap-monitor [--help | --version]\n"
    "\n"
    "Keeps running guests on the LAN while the host changes its MAC, its addresses, its\n"
    "gateway or its access point. Ends by itself when no guest is left. systemd starts it\n"
    "(airtap-monitor.path) when there is one. See airtap(8).\n";

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
  const std::string_view option = argc > 1 ? argv[1] : "";
  if (option == "--version") return std::puts("airtap-monitor " AIRTAP_VERSION) < 0;
  if (option == "--help") return std::fputs(usage, stdout) < 0;
  if (argc > 1) {
    std::fprintf(stderr, "airtap-monitor: unknown argument '%s'\n%s", argv[1], usage);
    return 2;
  }
  log::to_journal();
  const auto result = run();
  if (result) return 0;
  log::warning(result.error().line());
  std::fprintf(stderr, "airtap-monitor: %s\n", result.error().line().c_str());
  return 1;
}
