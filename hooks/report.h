// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/format.h>

#include "base/log.h"
#include "session/session.h"

namespace airtap {

/// What was taken away goes to the journal: libvirt does not listen any more.
inline void report(const std::string& owner, const Cleanup& cleanup) {
  for (const std::string& removed : cleanup.removed)
    log::info(fmt::format("{}: removed {}", owner, removed));
  for (const Error& problem : cleanup.problems) log::warning(owner + ": " + problem.line());
}

}  // namespace airtap
