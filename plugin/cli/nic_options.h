// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a command line can say of a NIC.
#pragma once

#include <optional>
#include <string>

#include "model/guest_nic.h"

namespace CLI {
class App;
}

namespace airtap {

struct NicOptions {
  std::optional<std::string> mode, uplink, mac;
  std::optional<unsigned> addresses, mtu;
  unsigned queues = 1;
  bool isolate = false;
  bool allow_server = false;
};

void add_nic_options(CLI::App& command, NicOptions& options);

/// A NIC whose device `target` airtap makes; without --mac it gets one by chance.
Result<GuestNic> nic_from(const NicOptions& options, const std::string& target);

}  // namespace airtap
