// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The caller may be anybody: what it hands down is looked at before anything is done.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace airtap {

/// Descriptors 0, 1 and 2 are open, so that no device or file of ours gets a number that somebody
/// writes messages to; nothing is left of the environment.
Result<> distrust_what_was_inherited();

/// The process that made the socket. It is a connected unix socket of user `caller`, or an error
/// says what it is instead.
Result<pid_t> owner_of_socket(int socket, uid_t caller);

/// One byte and the descriptor, as QEMU's helper sends them. Never waits: whoever calls us has room
/// for one byte.
Result<> send_device(int socket, int device);

}  // namespace airtap
