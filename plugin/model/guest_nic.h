// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the domain XML asks of us: the NICs that are ours, as values, unvalidated beyond their
// syntax. The plan decides whether they can work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  /// <hostdev mode='capabilities' type='net'> of libvirt-LXC: the device itself moves into the
  /// container. It has no MAC in the XML (`mac` is zero), and gets the uplink's.
  bool moves_away = false;
  /// <source bridge> where that is one of ours: libvirt itself makes the TAP a port of it, and for
  /// a network's port makes it later than it tells us of the port. Empty otherwise.
  std::string bridge;
  /// <driver queues>, 1 when absent.
  unsigned queues = 1;
  /// <mtu size>, bytes.
  std::optional<unsigned> mtu;

  // From the metadata element; empty means: what the configuration says.
  std::optional<Mode> mode;
  /// Where `mode` comes from, for people; static.
  std::string_view mode_from = "metadata";
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
  /// <port isolated='yes'/>: the bridge keeps this port and others like it apart.
  bool port_isolated = false;

  bool operator==(const GuestNic&) const = default;
};

/// Every bridge of ours is called so (plan/names.h has the rest of the name).
inline constexpr std::string_view bridge_prefix = "airbr-";

/// A NIC on a network of ours, as libvirt describes it once there is a TAP.
struct PortTap {
  std::string port;  ///< uuid of the network's port
  std::string tap;
  /// libvirt filters or shapes the traffic where the short way would pass it by.
  bool on_bridge_only = false;

  bool operator==(const PortTap&) const = default;
};

struct Domain {
  std::string name;
  std::string uuid;
  /// In document order; only NICs that are ours.
  std::vector<GuestNic> nics;
  /// Those that a network of ours has brought in, already known from there.
  std::vector<PortTap> ports;

  bool operator==(const Domain&) const = default;
};

}  // namespace airtap
