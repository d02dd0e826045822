// SPDX-License-Identifier: LGPL-2.1-or-later
//
// logs: what the journal has of airtap, all of it or of one domain.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <vector>

#include "cli/commands.h"

namespace airtap {

namespace {

constexpr const char* journalctl = "/usr/bin/journalctl";

struct Options {
  std::string domain;
  std::string since;
  std::string lines;
  bool follow = false;
};

Result<int> show(const Options& options) {
  std::vector<std::string> words{"journalctl", "--quiet", "--identifier=airtap"};
  if (options.follow) words.emplace_back("--follow");
  if (!options.since.empty()) words.push_back("--since=" + options.since);
  if (!options.lines.empty()) words.push_back("--lines=" + options.lines);
  if (!options.domain.empty()) words.push_back("AIRTAP_DOMAIN=" + options.domain);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(journalctl, argv.data());
  return fail_errno(std::string("cannot run ") + journalctl, errno,
                    "without systemd, airtap writes to syslog as 'airtap'");
}

}  // namespace

void add_logs_command(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("logs", "Show what airtap has written to the journal");
  command->add_option("domain", options->domain, "Only of this domain, network or uplink");
  command->add_flag("-f,--follow", options->follow, "Go on as it is written");
  command->add_option("--since", options->since, "As journalctl takes it: -1h, today, 12:00");
  command->add_option("-n,--lines", options->lines, "Only the last so many");
  command->callback([options, &run] { run = [options] { return show(*options); }; });
}

}  // namespace airtap
