// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the datapath must know of the host, gathered and handed over. Used when programs are
// attached and by whoever follows the host's changes.
#pragma once

#include "kernel/kernel.h"

namespace airtap {

/// As the host is now; lists sorted, each address in one of them.
Result<DatapathSettings> host_settings(Kernel& kernel, const LinkFacts& uplink);

Result<> refresh_settings(Kernel& kernel, const IfName& uplink);

}  // namespace airtap
