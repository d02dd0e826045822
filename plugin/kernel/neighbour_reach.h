// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reach by ARP and neighbour discovery on a packet socket: the host's own neighbour cache would
// answer from memory exactly when the link has just gone silent.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "kernel/links.h"
#include "kernel/reach.h"
#include "model/mac_address.h"

namespace airtap {

/// One question to one neighbour. Building it and judging an answer are pure functions over
/// Ethernet frames: what comes back is from the LAN, and trusted with nothing.
struct NeighbourQuestion {
  MacAddress station;   ///< of the link
  IpAddress source;     ///< ours; 0.0.0.0 makes an ARP probe
  IpAddress neighbour;  ///< of the same family

  /// ARP request (RFC 826) or neighbour solicitation (RFC 4861, 4.3).
  std::vector<std::byte> frame() const;
  /// An answer to us from that neighbour. An announcement, or an answer to a guest, proves less:
  /// only that frames arrive.
  bool answered_by(std::span<const std::byte> frame) const;
};

/// ARP request for the announced address itself (RFC 5227, 3) or unsolicited neighbour
/// advertisement with the override flag (RFC 4861, 7.2.6).
std::vector<std::byte> announcement_frame(const Announcement& announcement);

/// The host's address on the link to ask from: IPv4, one in the neighbour's network, else any of
/// the link, else 0.0.0.0; IPv6, a link-local one, else any of the link, else nullopt.
std::optional<IpAddress> source_for(const std::vector<HostAddress>& addresses, int ifindex,
                                    const IpAddress& neighbour);

class NeighbourReach final : public Reach {
 public:
  /// `links` tells the host's addresses and must outlive this.
  explicit NeighbourReach(Links& links) : links_(links) {}

  /// ENODEV, ENETDOWN: the link cannot be asked through; EADDRNOTAVAIL: IPv6, and the host has no
  /// address on the link.
  Result<> answers(int ifindex, const IpAddress& neighbour,
                   std::chrono::milliseconds timeout) override;
  Result<> announce(int ifindex, const std::vector<Announcement>& announcements) override;

 private:
  Links& links_;
};

}  // namespace airtap
