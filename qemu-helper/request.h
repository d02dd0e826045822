// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The command line: that of QEMU's own helper, word for word, and --help and --version.
#pragma once

#include "base/result.h"
#include "model/if_name.h"

namespace airtap {

struct Request {
  enum class Kind { attach, help, version };
  Kind kind = Kind::attach;
  IfName bridge;  ///< an existing bridge, an uplink, or a profile
  int socket = -1;
  bool use_vnet = false;
};

/// The last of several --br= or --fd= counts, as it does for QEMU's helper.
Result<Request> parse_request(int argc, const char* const* argv);

extern const char* const usage;
extern const char* const help;

}  // namespace airtap
