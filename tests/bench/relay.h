// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of QEMU that a measurement of TCP needs: frames from one card to another, both ways,
// with their virtio headers, so that nothing is segmented or summed in between.
#pragma once

#include <thread>

#include "bench/nic.h"

namespace airtap::bench {

class Relay {
 public:
  /// Runs until it is destroyed.
  Relay(Nic& left, Nic& right);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  UniqueFd stop_;
  std::thread there_, back_;
};

}  // namespace airtap::bench
