// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reads the host's links, addresses and routes into values. Changes nothing.
#pragma once

#include "kernel/kernel.h"

namespace airtap {

Result<HostFacts> gather(Kernel& kernel);

}  // namespace airtap
