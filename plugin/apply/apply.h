// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Runs the actions of a plan and undoes them. Takes no decisions: what to do is in the action.
#pragma once

#include <functional>
#include <vector>

#include "apply/four_addr.h"
#include "kernel/kernel.h"
#include "model/action.h"

namespace airtap {

/// One action. A failure leaves nothing of that action behind.
Result<> apply(Kernel& kernel, const Action& action);

/// All of them in order. On failure the ones done are undone in reverse and the first error is
/// returned; errors of the undoing are appended to it.
Result<> apply_all(Kernel& kernel, const Actions& actions);

/// Undoes one action from its fields alone. What is gone already, or was never made, is no error;
/// a device of that name which airtap did not make is left alone. `patience`: with an uplink that
/// has to join its network anew.
Result<> undo(Kernel& kernel, const Action& action,
              std::chrono::milliseconds patience = rejoin_timeout);

/// In reverse order, never stopping; returns every error.
std::vector<Error> undo_all(Kernel& kernel, const Actions& actions,
                            std::chrono::milliseconds patience = rejoin_timeout);

}  // namespace airtap
