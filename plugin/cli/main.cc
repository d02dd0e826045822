// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/log.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  using namespace airtap;
  CLI::App app{"Virtual machines as full members of the LAN behind one Wi-Fi adapter", "airtap"};
  app.set_version_flag("--version", "airtap " AIRTAP_VERSION);
  app.footer(
      "Exit status: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.\n"
      "A guest is started by `virsh start`; see airtap(8).");

  Run run;
  add_commands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  log::to_stderr();
  const auto status = run();
  if (status) return *status;
  std::cerr << "airtap: " << status.error().line() << "\n";
  return 1;
}
