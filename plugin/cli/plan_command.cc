// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/with_session.h"
#include "domain/domain_xml.h"
#include "plan/print.h"
#include "record/json.h"

namespace airtap {

namespace {

struct Options {
  std::string file;
  bool json = false;
};

Result<std::string> read_document(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  return read_file(file);
}

Result<int> show_plan(const Options& options) {
  AIRTAP_TRY(const std::string xml, read_document(options.file));
  return with_session([&](Session& session, const Config& config) -> Result<int> {
    AIRTAP_TRY(const Domain domain, parse_domain(xml, config.claim));
    if (domain.nics.empty() && !options.json) {
      std::cout << domain.name << ": no interface is airtap's; nothing to do\n";
      return 0;
    }
    auto plan = session.plan(domain);
    if (!plan) return fail(plan.error().within(domain.name));
    std::cout << (options.json ? to_json_text(domain.name, *plan) : plan_text(domain.name, *plan));
    return 0;
  });
}

}  // namespace

void add_plan_command(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("plan", "Show what starting a domain would do; touch nothing");
  command
      ->add_option("file", options->file, "Domain XML, as `virsh dumpxml` prints it; - for stdin")
      ->required();
  command->add_flag("--json", options->json, "Print the plan as JSON");
  command->callback([options, &run] { run = [options] { return show_plan(*options); }; });
}

}  // namespace airtap
