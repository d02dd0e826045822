// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/settings.h"

#include "plan/names.h"

namespace airtap {

Result<> refresh_settings(Kernel& kernel, const IfName& uplink) {
  AIRTAP_TRY(const LinkFacts link, kernel.links.find(uplink));
  DatapathSettings settings;
  settings.uplink_ifindex = link.ifindex;
  settings.station_mac = link.mac;
  auto bridge_port = kernel.links.find(devices_of(uplink).bridge_port);
  if (bridge_port)
    settings.bridge_port_ifindex = bridge_port->ifindex;
  else if (bridge_port.error().code() != ENODEV)
    return fail(bridge_port.error());
  AIRTAP_TRY(const auto addresses, kernel.links.addresses());
  for (const HostAddress& address : addresses) {
    if (address.ifindex != link.ifindex) continue;
    settings.host.push_back(address.address);
    if (address.broadcast) settings.broadcasts.push_back(*address.broadcast);
  }
  AIRTAP_TRY(const auto gateways, kernel.links.gateways());
  for (const Gateway& gateway : gateways)
    if (gateway.ifindex == link.ifindex) settings.gateways.push_back(gateway.address);
  return kernel.datapath.configure(uplink, settings);
}

}  // namespace airtap
