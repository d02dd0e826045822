// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The seam onto the running kernel, for programs to build once in main().
#pragma once

#include <memory>

#include "kernel/kernel.h"

namespace airtap {

class RealKernel {
 public:
  /// Opens a netlink socket; the rest opens what it needs when it is asked for it.
  static Result<std::unique_ptr<RealKernel>> open();
  ~RealKernel();
  RealKernel(const RealKernel&) = delete;
  RealKernel& operator=(const RealKernel&) = delete;

  /// References into this object.
  Kernel seam();

 private:
  struct Parts;
  explicit RealKernel(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace airtap
