// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of QEMU that a measurement of TCP needs: frames from one TAP to another, both ways, with
// their virtio headers, so that nothing is segmented or summed in between.
#pragma once

#include <thread>

#include "base/unique_fd.h"

namespace airtap::bench {

class Relay {
 public:
  /// Runs until it is destroyed.
  Relay(int left, int right);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  UniqueFd stop_;
  std::thread there_, back_;
};

/// Throws away what waits in the fd.
void drain(int fd);

}  // namespace airtap::bench
