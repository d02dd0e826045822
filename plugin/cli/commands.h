// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The subcommands of `airtap`. Each adds itself to the parser and leaves what to run in `Run`.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace airtap {

/// Exit status on success; an error is printed by main and ends with 1.
using Run = std::function<Result<int>()>;

/// All of them; what was asked for is in `run` once `app` has parsed.
void add_commands(CLI::App& app, Run& run);

void add_plan_command(CLI::App& app, Run& run);
void add_status_command(CLI::App& app, Run& run);
void add_doctor_command(CLI::App& app, Run& run);
void add_reconcile_command(CLI::App& app, Run& run);
void add_device_commands(CLI::App& app, Run& run);
void add_attach_commands(CLI::App& app, Run& run);
void add_list_command(CLI::App& app, Run& run);
void add_logs_command(CLI::App& app, Run& run);
void add_network_command(CLI::App& app, Run& run);

}  // namespace airtap
