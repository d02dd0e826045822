// SPDX-License-Identifier: LGPL-2.1-or-later
#include "real_hook.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/log.h"
#include "session/paths.h"
#include "session/processes.h"

namespace airtap {

std::string read_document() {
  std::cin >> std::noskipws;
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

ProcessId starter() { return ProcProcesses().identify(getppid()).value_or(ProcessId{}); }

Result<Config> hook_configuration(bool making, const std::string& object) {
  auto config = load_config(paths::configuration);
  if (config) return config;
  if (making) return fail(config.error().within(object));
  log::warning(config.error().line());
  return Config{};
}

int answer(const Result<>& result, int failed) {
  if (result) return 0;
  std::fprintf(stderr, "airtap: %s\n", result.error().line().c_str());
  log::warning(result.error().line());
  return failed;
}

}  // namespace airtap
