// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Another program, run to its end: systemd and NetworkManager are asked by their own commands.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace airtap {

struct ProgramResult {
  int status = 0;    ///< as it exited; 128 and more: by a signal
  std::string text;  ///< what it said, errors included
};

/// `arguments[0]` is looked for in the system's directories only, whatever PATH says. Nothing of
/// the caller's environment goes along. ENOENT: there is no such program. ETIMEDOUT: it was killed.
Result<ProgramResult> run_program(std::vector<std::string> arguments,
                                  std::chrono::milliseconds timeout);

/// Empty when there is no such program.
std::string find_program(const std::string& name);

}  // namespace airtap
