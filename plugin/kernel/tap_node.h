// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The character device of an ipvtap or macvtap, which is what libvirt and QEMU open. The kernel
// names it after the ifindex, and devtmpfs has it before RTM_NEWLINK returns; a /dev of another
// kind (containers, static /dev) gets it late or never.
#pragma once

#include <string>

#include "base/result.h"
#include "model/if_name.h"

namespace airtap {

/// "/dev/tap<ifindex>".
std::string tap_node_path(int ifindex);

/// Returns when the node of `name` exists; makes it, mode 0600, when nobody has after 256 ms.
/// ETIMEDOUT after 2 s; EEXIST when the node leads to another device: /dev is shared between
/// network namespaces, ifindex is not.
Result<> ensure_tap_node(const IfName& name, int ifindex);

}  // namespace airtap
