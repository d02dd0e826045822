// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Who the process is and what it may do: less with every call, never more.
#pragma once

#include <initializer_list>

#include "base/result.h"

namespace airtap {

/// The helper is off until an administrator turns it on: what an error for lack of privilege says.
extern const char* const how_to_turn_on;

/// The calling user from now on, in all of real, effective and saved ids, with these capabilities
/// (linux/capability.h) as far as the process has them, and no way to get others.
Result<> become_caller(std::initializer_list<unsigned> capabilities);

/// Root in all ids: from here on the caller can send no signal and open nothing of ours under
/// /proc.
Result<> become_root();

/// As root: these capabilities and no others.
Result<> keep_only(std::initializer_list<unsigned> capabilities);

/// What a caller can leave behind for the program it runs is undone: limits, timers, a low
/// priority, a high place on the list of the out-of-memory killer, signals. All signals are blocked
/// from here on, also for programs run next: an interruption half way would leave something behind.
void undo_callers_grip();

}  // namespace airtap
