// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a command line can say of a NIC, the same for every command that has one.
#pragma once

#include <optional>
#include <string>

#include "model/guest_nic.h"
#include "model/network.h"

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

/// --mode --uplink --addresses --isolate --allow-server
void add_wish_options(CLI::App& command, NicOptions& options);
/// --mac --queues --mtu
void add_device_options(CLI::App& command, NicOptions& options);

/// A NIC whose device `target` airtap makes; without --mac it gets one by chance.
Result<GuestNic> nic_from(const NicOptions& options, const std::string& target);
Result<Network> network_from(const NicOptions& options, const std::string& name);

}  // namespace airtap
