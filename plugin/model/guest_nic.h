// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the domain XML asks of us: the NICs that are ours, as values, unvalidated beyond their
// syntax. The plan decides whether they can work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/mac_address.h"
#include "model/mode.h"

namespace airtap {

struct GuestNic {
  /// The user alias (ua-…), or the MAC where there is none: what messages call this NIC.
  std::string label;
  MacAddress mac;
  /// <target dev>, as written, not yet checked; empty while libvirt has not chosen one.
  std::string target;
  /// managed='no': the device is ours to make. Otherwise libvirt makes a TAP, seen from `start`.
  bool device_is_ours = false;
  /// The caller knows neither the guest's MAC (`mac` is zero, and the datapath takes that of the
  /// guest's first frame) nor a name for the device (`target` is empty, and the first free
  /// "airtap-q<number>" is taken).
  bool anonymous = false;
  /// <driver queues>, 1 when absent.
  unsigned queues = 1;
  /// <mtu size>, bytes.
  std::optional<unsigned> mtu;

  // From the metadata element; empty means: what the configuration says.
  std::optional<Mode> mode;
  std::optional<std::string> uplink;
  /// Most addresses the datapath learns for this guest at one time.
  std::optional<unsigned> addresses;
  bool isolate = false;
  /// DHCP server replies and router advertisements from this guest are let through.
  bool allow_server = false;

  // What libvirt would do to the device that cannot work with us (facts: plugin/domain/README.md).
  bool has_source_ip = false;
  bool has_bandwidth = false;
  bool has_filterref = false;

  bool operator==(const GuestNic&) const = default;
};

struct Domain {
  std::string name;
  std::string uuid;
  /// In document order; only NICs that are ours.
  std::vector<GuestNic> nics;

  bool operator==(const Domain&) const = default;
};

}  // namespace airtap
