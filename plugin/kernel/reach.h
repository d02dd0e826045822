// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: does a neighbour answer through this link, right now?
#pragma once

#include <chrono>

#include "base/result.h"
#include "model/ip_address.h"

namespace airtap {

class Reach {
 public:
  virtual ~Reach() = default;

  /// Sends ARP requests (IPv4) or neighbour solicitations (IPv6) from the host's own address on the
  /// link, every 200 ms, past the host's neighbour cache; returns at the first answer. ETIMEDOUT
  /// when there was none.
  virtual Result<> answers(int ifindex, const IpAddress& neighbour,
                           std::chrono::milliseconds timeout) = 0;
};

}  // namespace airtap
