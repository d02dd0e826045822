// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: TAP devices, over /dev/net/tun (kernel: drivers/net/tun.c).
#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/if_name.h"

namespace airtap {

class Taps {
 public:
  virtual ~Taps() = default;

  /// A persistent TAP, down, IFF_VNET_HDR, IFF_MULTI_QUEUE exactly when queues > 1, MAC fe:… so
  /// that no bridge prefers it, alias "airtap", IPv6 disabled. It becomes persistent last: a crash
  /// before that leaves nothing. EEXIST when the name is taken.
  virtual Result<> create(const IfName& name, unsigned queues, unsigned mtu,
                          std::uint32_t owner_uid) = 0;
};

}  // namespace airtap
