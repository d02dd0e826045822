// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The seam as a whole: what everything above the kernel is handed.
#pragma once

#include "kernel/datapath.h"
#include "kernel/links.h"
#include "kernel/reach.h"
#include "kernel/supplicants.h"
#include "kernel/taps.h"
#include "kernel/wireless.h"

namespace airtap {

/// References only: whoever builds one keeps the parts alive.
struct Kernel {
  Links& links;
  Taps& taps;
  Wireless& wireless;
  Reach& reach;
  Datapath& datapath;
  Supplicants& supplicants;
};

}  // namespace airtap
