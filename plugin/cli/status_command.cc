// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/status_report.h"
#include "cli/with_session.h"

namespace airtap {

namespace {

struct Options {
  std::string domain;
  bool json = false;
};

Result<int> show_status(const Options& options) {
  return with_session([&](Session& session, const Config&) -> Result<int> {
    AIRTAP_TRY(
        const Status status,
        session.status(options.domain.empty() ? std::nullopt : std::optional(options.domain)));
    std::cout << (options.json ? status_json(status) : status_text(status));
    for (const Error& problem : status.problems) std::cerr << "airtap: " << problem.line() << "\n";
    return status.problems.empty() ? 0 : 1;
  });
}

}  // namespace

void add_status_command(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("status", "Show every guest interface and its traffic");
  command->add_option("domain", options->domain, "Only this domain, by name or UUID");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &run] { run = [options] { return show_status(*options); }; });
}

}  // namespace airtap
