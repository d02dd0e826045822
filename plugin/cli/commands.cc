// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands.h"

#include <CLI/CLI.hpp>

namespace airtap {

void add_commands(CLI::App& app, Run& run) {
  add_plan_command(app, run);
  add_status_command(app, run);
  add_doctor_command(app, run);
  add_reconcile_command(app, run);
  add_list_command(app, run);
  add_logs_command(app, run);
  add_network_command(app, run);
  add_attach_commands(app, run);
  add_device_commands(app, run);
  app.require_subcommand(1);
}

}  // namespace airtap
