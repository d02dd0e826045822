// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reads the host's links, addresses and routes into values. Changes nothing.
#pragma once

#include "kernel/kernel.h"

namespace airtap {

/// `with_radios`: also what each radio can be at once, which is a long answer.
Result<HostFacts> gather(Kernel& kernel, bool with_radios = true);

}  // namespace airtap
