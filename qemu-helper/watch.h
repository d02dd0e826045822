// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Starts the watcher: the process that ends a guest when nobody has its device open any more.
// Nobody else could: the caller knows nothing of it, and the kernel keeps an ipvtap that nobody
// uses.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "device.h"
#include "record/record.h"

namespace airtap {

class Watcher {
 public:
  /// Runs from here on, with no descriptor of the caller's. When this object goes before watch()
  /// was called, in whatever way, it ends the guest at once.
  static Result<Watcher> start(const std::string& uuid);

  const ProcessId& process() const { return process_; }
  /// Before the device is opened: its watcher has to see that.
  Result<> expect_opening(const Device& device);
  /// From now on the guest lives as long as the device is open.
  Result<> watch(const Device& device);

 private:
  Watcher() = default;
  UniqueFd control_;  ///< its other end is all the watcher hears of us
  UniqueFd opened_;   ///< inotify, shared with it
  ProcessId process_;
};

}  // namespace airtap
