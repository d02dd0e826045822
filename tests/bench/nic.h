// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A guest's network card as QEMU holds it: whole frames, each behind a virtio header of 10 bytes.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/unique_fd.h"

namespace airtap::bench {

inline constexpr std::size_t header_size = 10, longest_frame = 70000;

class Nic {
 public:
  virtual ~Nic() = default;
  /// The length of a frame that waited; 0 or less: there was none. Does not block.
  virtual ssize_t receive(void* frame, std::size_t room) = 0;
  /// False when the frame was not taken.
  virtual bool send(const void* frame, std::size_t size) = 0;
  /// To wait on after receive() had none.
  virtual int fd() const = 0;
};

/// A TAP, opened like QEMU does: it takes segments that are still to be cut and checksums that are
/// still to be computed, or not, where the other end of the cable cannot.
std::unique_ptr<Nic> open_tap(const std::string& node, const std::string& name,
                              bool offload = true);
std::unique_ptr<Nic> open_tap(UniqueFd fd, const std::string& name, bool offload = true);

/// The stream that QEMU's `-netdev stream` speaks: a length of four bytes before each frame, and no
/// virtio header. Waits where the other end is slow, as QEMU's queue does.
std::unique_ptr<Nic> make_stream(UniqueFd socket);

/// Throws away what waits.
void drain(Nic& nic);

}  // namespace airtap::bench
