// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "config/config.h"
#include "doctor/examine.h"
#include "kernel/real_kernel.h"
#include "session/paths.h"

namespace airtap {

namespace {

struct Style {
  const char* word;
  const char* colour;
};
Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return {"ok", "\033[32m"};
    case Verdict::note:
      return {"note", "\033[33m"};
    case Verdict::bad:
      break;
  }
  return {"bad", "\033[31m"};
}

/// Padded before it is coloured, so that columns stay where they are.
std::string coloured(const Style& style, std::size_t width) {
  const std::string text = fmt::format("{:<{}}", style.word, width);
  const bool terminal = ::isatty(STDOUT_FILENO) != 0 && ::getenv("NO_COLOR") == nullptr;
  return terminal ? style.colour + text + "\033[0m" : text;
}

void print_text(const Diagnosis& diagnosis, bool probed) {
  std::size_t width = 0;
  for (const Finding& finding : diagnosis.findings) width = std::max(width, finding.subject.size());
  std::string section;
  for (const Finding& finding : diagnosis.findings) {
    if (finding.section != section) {
      if (!section.empty()) std::cout << "\n";
      section = finding.section;
      std::cout << (section == "uplink" ? "uplink " + diagnosis.uplink.text() : section) << "\n";
    }
    std::cout << fmt::format("  {} {:<{}}  {}\n", coloured(style_of(finding.verdict), 5),
                             finding.subject, width, finding.text);
    if (!finding.advice.empty())
      std::cout << fmt::format("  {:5} {:<{}}  → {}\n", "", "", width, finding.advice);
  }
  std::cout << "\nmodes\n";
  for (const ModeVerdict& mode : diagnosis.modes)
    std::cout << fmt::format(
        "  {} {:<8}{}\n",
        coloured(mode.works ? Style{"yes", "\033[32m"} : Style{"no", "\033[31m"}, 5),
        to_text(mode.mode), mode.why.empty() ? "" : "  " + mode.why);
  if (!probed)
    std::cout << "\nThe access point was not asked; `airtap doctor --probe` does, and interrupts\n"
                 "the host's own traffic for a moment.\n";
}

nlohmann::json json_of(const Diagnosis& diagnosis, bool probed) {
  nlohmann::json j{{"version", 1}, {"uplink", diagnosis.uplink.text()}, {"probed", probed}};
  j["findings"] = nlohmann::json::array();
  for (const Finding& finding : diagnosis.findings)
    j["findings"].push_back({{"section", finding.section},
                             {"subject", finding.subject},
                             {"verdict", style_of(finding.verdict).word},
                             {"text", finding.text},
                             {"advice", finding.advice}});
  j["modes"] = nlohmann::json::object();
  for (const ModeVerdict& mode : diagnosis.modes)
    j["modes"][std::string(to_text(mode.mode))] = {{"works", mode.works}, {"why", mode.why}};
  return j;
}

Result<int> doctor(const DoctorRequest& request, bool json) {
  AIRTAP_TRY(const Config config, load_config(paths::configuration));
  AIRTAP_TRY(const auto kernel, RealKernel::open());
  if (request.probe && ::isatty(STDERR_FILENO) != 0)
    std::cerr << "asking the access point, this takes up to 20 seconds ...\n";
  AIRTAP_TRY(const DoctorFacts facts, examine(kernel->seam(), config, request));
  const Diagnosis diagnosis = judge(facts, config);
  if (json)
    std::cout << json_of(diagnosis, request.probe).dump(2) << "\n";
  else
    print_text(diagnosis, request.probe);
  // The mode a guest gets without a word decides.
  const auto automatic = std::ranges::find(diagnosis.modes, Mode::automatic, &ModeVerdict::mode);
  const bool any_bad = std::ranges::any_of(
      diagnosis.findings, [](const Finding& f) { return f.verdict == Verdict::bad; });
  return automatic->works && !any_bad ? 0 : 1;
}

}  // namespace

void add_doctor_command(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "doctor", "Tell what works on this host and adapter, what does not, and why");
  auto request = std::make_shared<DoctorRequest>();
  auto json = std::make_shared<bool>(false);
  command->add_option("--uplink", request->uplink, "The adapter to look at")->type_name("NAME");
  command->add_flag("--probe", request->probe,
                    "Also ask the access point; interrupts the host's traffic for a moment");
  command->add_flag("--json", *json, "For programs");
  command->footer("Exit status: 0 a guest would get a network, 1 not, or something is bad.");
  command->callback(
      [&run, request, json] { run = [request, json] { return doctor(*request, *json); }; });
}

}  // namespace airtap
