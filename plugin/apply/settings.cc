// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/settings.h"

#include <algorithm>
#include <optional>
#include <set>

#include "plan/names.h"

namespace airtap {

namespace {

/// The directed broadcast address: as configured, else of the prefix (RFC 919), because not
/// everyone who sets an address also sets it.
std::optional<IpAddress> broadcast_of(const HostAddress& host) {
  if (host.broadcast || !host.address.is_v4()) return host.broadcast;
  if (host.prefix_length >= 31) return std::nullopt;  // RFC 3021: there is none
  IpAddress broadcast = host.address;
  for (unsigned bit = 96 + host.prefix_length; bit < 128; ++bit)
    broadcast.bytes[bit / 8] =
        static_cast<std::uint8_t>(broadcast.bytes[bit / 8] | (0x80U >> (bit % 8)));
  return broadcast;
}

}  // namespace

Result<DatapathSettings> host_settings(Kernel& kernel, const LinkFacts& uplink) {
  DatapathSettings settings;
  settings.uplink_ifindex = uplink.ifindex;
  settings.station_mac = uplink.mac;
  auto bridge_port = kernel.links.find(devices_of(uplink.name).bridge_port);
  if (bridge_port)
    settings.bridge_port_ifindex = bridge_port->ifindex;
  else if (bridge_port.error().code() != ENODEV)
    return fail(bridge_port.error());
  if (bridge_port)
    if (const auto bridge = kernel.links.find(devices_of(uplink.name).bridge))
      settings.bridge_takes_tags = bridge->vlan_filtering;
  AIRTAP_TRY(const auto addresses, kernel.links.addresses());
  AIRTAP_TRY(const auto gateways, kernel.links.gateways());
  // The host's own wins where an address is in two lists.
  std::set<IpAddress> listed;
  const auto list = [&listed](std::vector<IpAddress>& in, const IpAddress& address) {
    if (listed.insert(address).second) in.push_back(address);
  };
  for (const HostAddress& address : addresses)
    if (address.ifindex == uplink.ifindex) list(settings.host, address.address);
  for (const Gateway& gateway : gateways)
    if (gateway.ifindex == uplink.ifindex) list(settings.gateways, gateway.address);
  for (const HostAddress& address : addresses)
    if (address.ifindex == uplink.ifindex)
      if (const auto broadcast = broadcast_of(address)) list(settings.broadcasts, *broadcast);
  for (auto* part : {&settings.host, &settings.gateways, &settings.broadcasts})
    std::ranges::sort(*part);
  return settings;
}

Result<> refresh_settings(Kernel& kernel, const IfName& uplink) {
  AIRTAP_TRY(const LinkFacts link, kernel.links.find(uplink));
  AIRTAP_TRY(const auto settings, host_settings(kernel, link));
  return kernel.datapath.configure(uplink, settings);
}

}  // namespace airtap
