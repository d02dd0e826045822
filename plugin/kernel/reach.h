// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: does a neighbour answer through this link, right now? And telling neighbours who is where.
#pragma once

#include <chrono>
#include <vector>

#include "base/result.h"
#include "model/ip_address.h"
#include "model/mac_address.h"

namespace airtap {

/// Who is to hear an announcement.
enum class Audience {
  lan,       ///< the air only: past the datapath, which would copy it to the guests
  everyone,  ///< guests too
};

struct Announcement {
  IpAddress address;
  MacAddress mac;  ///< where the address is
  Audience audience = Audience::lan;
  bool operator==(const Announcement&) const = default;
};

class Reach {
 public:
  virtual ~Reach() = default;

  /// Sends ARP requests (IPv4) or neighbour solicitations (IPv6) from the host's own address on the
  /// link, every 200 ms, past the host's neighbour cache; returns at the first answer. ETIMEDOUT
  /// when there was none.
  virtual Result<> answers(int ifindex, const IpAddress& neighbour,
                           std::chrono::milliseconds timeout) = 0;

  /// Sends one unasked ARP request (IPv4; RFC 5227, 3) or neighbour advertisement (IPv6; RFC 4861,
  /// 7.2.6) each, from `mac`, so that neighbours and switches learn the place anew.
  virtual Result<> announce(int ifindex, const std::vector<Announcement>& announcements) = 0;
};

}  // namespace airtap
