// SPDX-License-Identifier: LGPL-2.1-or-later
//
// System calls that are left to a process, for itself and what it runs next. Anything else does not
// exist for it (ENOSYS): a C library that is newer than this list then takes its older way.
#pragma once

#include "base/result.h"

namespace airtap {

enum class Job {
  read_acl,      ///< files and messages
  plain_bridge,  ///< and the ioctls of a TAP and a bridge, and one message
  airtap_guest,  ///< netlink, BPF, records, another program
};

/// Also: no program run from now on gains privileges.
Result<> leave_only_calls_for(Job job);

}  // namespace airtap
