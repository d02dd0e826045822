// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Builds the session on the real kernel and the installed paths.
#pragma once

#include "config/config.h"
#include "kernel/real_kernel.h"
#include "session/paths.h"
#include "session/session.h"

namespace airtap {

/// f(Session&, const Config&) -> Result<int>
template <class F>
Result<int> with_session(F&& f) {
  AIRTAP_TRY(const Config config, load_config(paths::configuration));
  AIRTAP_TRY(const auto kernel, RealKernel::open());
  const ProcProcesses processes;
  Session session(kernel->seam(), config, RecordStore(paths::records), processes);
  return f(session, config);
}

}  // namespace airtap
