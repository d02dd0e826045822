// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One <interface> of a domain, as text. Most interfaces are not ours, and their contents none of
// our business: nothing is judged before it is known to be ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/xml_node.h"
#include "model/guest_nic.h"

namespace airtap::domain_xml {

struct Interface {
  std::string type;
  /// As written; nothing where there is no <mac address>.
  std::optional<std::string> mac;
  /// User alias, starts with "ua-"; empty where there is none. libvirt's own aliases (net0) do not
  /// count: they change with the order of the interfaces.
  std::string alias;
  std::string target;
  bool managed = true;
  /// <source bridge>, also where a network has chosen it.
  std::string bridge;
  /// <source portid>: a network has brought it in.
  std::string port;
  std::optional<std::string> queues;
  std::optional<std::string> mtu;
  bool has_source_ip = false;
  bool has_bandwidth = false;
  bool has_filterref = false;
  bool port_isolated = false;
  /// It is a <hostdev mode='capabilities' type='net'>, and `target` the device it names.
  bool moves_away = false;

  /// What messages call it: alias, MAC, target, or "an interface".
  std::string label() const;
};

Interface read_interface(const XmlNode& element);

/// Nothing unless it is a network device for a container.
std::optional<Interface> read_hostdev(const XmlNode& element);

/// The interface is of type 'ethernet', or such a <hostdev>, and its target matches one of the
/// fnmatch(3) patterns.
bool is_claimed(const Interface& interface, const std::vector<std::string>& claim);

/// The interface names a bridge of ours by itself.
bool is_on_our_bridge(const Interface& interface);

/// Nothing unless a network has put the interface on a bridge of ours and its TAP has a name.
std::optional<PortTap> to_port_tap(const Interface& interface);

/// The part of a GuestNic that the interface decides. The interface is known to be ours. Errors
/// carry the label.
Result<GuestNic> to_guest_nic(const Interface& interface);

}  // namespace airtap::domain_xml
