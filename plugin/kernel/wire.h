// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "model/mac_address.h"

namespace airtap {

/// One packet socket, bound to one Ethernet link and one protocol. `what` is what errors are about.
class Wire {
 public:
  /// `protocol`: ETH_P_…; 0 hears nothing.
  static Result<Wire> open(int ifindex, std::uint16_t protocol, const std::string& what);

  /// The link's own MAC.
  const MacAddress& station() const { return station_; }

  /// What is sent from now on carries this mark (skb->mark).
  Result<> mark(std::uint32_t value, const std::string& what);
  /// 0 or an errno. A full queue is no error: whoever asks repeats the question.
  int send(std::span<const std::byte> frame);

  /// False to stop reading.
  using OnFrame = std::function<bool(std::span<const std::byte>)>;
  /// Hands over what others have sent and has arrived, cut to 512 bytes each, and returns when
  /// there is no more; at most 256 at once, so that a flood holds nobody up.
  Result<> read(const std::string& what, const OnFrame& on_frame);

  void wait(std::chrono::milliseconds at_most);

 private:
  Wire(UniqueFd fd, MacAddress station) : fd_(std::move(fd)), station_(station) {}

  UniqueFd fd_;
  MacAddress station_;
};

}  // namespace airtap
