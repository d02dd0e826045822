// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An ad hoc network takes its members' MACs only, and a mesh point whose forwarding is off leaves
// that to another protocol. batman-adv carries whole Ethernet frames over both, by a packet type of
// its own: the host's addresses stay where they are, and the device's MTU stays what it is, for
// batman-adv takes apart what does not fit (net/batman-adv/fragmentation.c).
#include <fmt/format.h>

#include <algorithm>

#include "plan/choose.h"
#include "plan/names.h"

namespace airtap {

namespace {

constexpr unsigned batman_mtu = 1500;  // ETH_DATA_LEN, net/batman-adv/hard-interface.c

bool needs_batman(const UplinkFacts& uplink) {
  if (!uplink.wireless) return false;
  return uplink.wireless->type == WirelessType::ad_hoc ||
         (uplink.wireless->type == WirelessType::mesh_point && !uplink.wireless->mesh_forwarding);
}

}  // namespace

Result<std::optional<UplinkFacts>> batman_instead(const UplinkFacts& uplink, Mode mode,
                                                  const HostFacts& facts) {
  if (mode != Mode::bridge) return std::nullopt;
  if (uplink.batman) {
    const UplinkFacts* mesh = facts.find_uplink(uplink.batman->text());
    if (mesh == nullptr) return std::nullopt;
    UplinkFacts found = *mesh;
    if (found.batman_over) found.link.master = 0;  // the bridge on ours has no other port
    return found;
  }
  if (!needs_batman(uplink) || uplink.link.master != 0) return std::nullopt;
  const UplinkDevices devices = devices_of(uplink.link.name);
  // Both would have the same names, and one datapath cannot serve the two.
  if (facts.find_link(devices.bridge_port.text()) != nullptr)
    return fail(fmt::format("{} already serves guests in another mode, and mode bridge needs "
                            "batman-adv over it",
                            uplink.link.name.text()),
                "stop them first, or use their mode");
  UplinkFacts mesh{.link = uplink.link, .batman_over = uplink.link.name};
  mesh.link.name = devices.batman;
  mesh.link.ifindex = 0;
  mesh.link.kind = "batadv";
  mesh.link.mac = {};
  mesh.link.mtu = std::min(batman_mtu, uplink.link.mtu);
  mesh.link.promiscuous = false;
  return mesh;
}

}  // namespace airtap
