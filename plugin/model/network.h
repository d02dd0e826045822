// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A libvirt network of ours, as values: what its XML asks for, and one guest's port on it.
#pragma once

#include <optional>
#include <string>

#include "model/mac_address.h"
#include "model/mode.h"

namespace airtap {

struct Network {
  std::string name;
  std::string uuid;
  std::string bridge;  ///< <bridge name>, as written, not yet checked
  /// <port isolated='yes'/>: the bridge itself keeps the network's ports apart.
  bool ports_isolated = false;

  // From our element in its metadata, for every port; empty means: what the configuration says.
  std::optional<Mode> mode;
  std::optional<std::string> uplink;
  std::optional<unsigned> addresses;
  bool isolate = false;
  bool allow_server = false;

  bool operator==(const Network&) const = default;
};

/// Known before there is a TAP.
struct NetworkPort {
  std::string uuid;
  MacAddress mac;
  std::string domain_name;
  std::string domain_uuid;
  bool has_bandwidth = false;

  bool operator==(const NetworkPort&) const = default;
};

}  // namespace airtap
