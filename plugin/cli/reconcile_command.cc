// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/with_session.h"

namespace airtap {

namespace {

Result<int> reconcile() {
  return with_session([](Session& session, const Config&) -> Result<int> {
    const Cleanup cleanup = session.reconcile();
    for (const std::string& removed : cleanup.removed) std::cout << "removed " << removed << "\n";
    for (const Error& problem : cleanup.problems) std::cerr << "airtap: " << problem.line() << "\n";
    if (cleanup.removed.empty() && cleanup.problems.empty()) std::cout << "nothing to clean up\n";
    return cleanup.problems.empty() ? 0 : 1;
  });
}

}  // namespace

void add_reconcile_command(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "reconcile",
      "Remove what guests that are gone, or starts that never ended, have left behind");
  command->callback([&run] { run = reconcile; });
}

}  // namespace airtap
