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

/// These capabilities and no others, also for root's programs that are run next.
Result<> keep_only(std::initializer_list<unsigned> capabilities);

/// What a caller can leave behind for the program it runs is undone: limits, timers, a low
/// priority, signals. All signals are blocked
/// from here on, also for programs run next: an interruption half way would leave something behind.
void undo_callers_grip();

/// As root, once the caller is known to be allowed: neither the out-of-memory killer nor whoever
/// controls the caller's cgroup ends this process or those it starts. A watcher that is killed does
/// not end its guest.
void outlive_the_caller();

}  // namespace airtap
