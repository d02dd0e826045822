// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the real hooks have in common: how libvirt calls them, and how they answer.
#pragma once

#include <string>

#include "config/config.h"
#include "record/record.h"

namespace airtap {

/// The document on stdin; may hold anything.
std::string read_document();

/// The daemon that runs this hook.
ProcessId starter();

/// The installed configuration. A broken one is an error only where something is to be made: it
/// must not keep a guest's remains, for undoing needs the record alone.
Result<Config> hook_configuration(bool making, const std::string& object);

/// The exit status: 0, or `failed` with one line on stderr, which libvirt shows to the user.
int answer(const Result<>& result, int failed);

}  // namespace airtap
