// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A guest of airtap for a caller who knows nothing of airtap.
#pragma once

#include <string>

#include "model/if_name.h"
#include "session/session.h"

namespace airtap {

struct GuestRequest {
  IfName name;  ///< that the caller gave for a bridge
  int socket = -1;
  bool use_vnet = false;
};

/// All or nothing: the caller has the descriptor, and a watcher waits for the end; or there is an
/// error, and nothing is left.
Result<> attach_guest(const GuestRequest& request);

/// What the watcher has waited for. Problems go to the journal.
void forget_guest(const std::string& uuid);

}  // namespace airtap
