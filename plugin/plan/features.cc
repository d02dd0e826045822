// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What guests of one uplink share, and how it is made.
#include <fmt/format.h>

#include <algorithm>

#include "plan/mode.h"
#include "plan/names.h"

namespace airtap {

namespace {

/// Long enough for an access point to make its 4-address peer, short enough for a failed start to
/// be told within five seconds.
constexpr unsigned prove_timeout_ms = 3000;

Result<Actions> four_addr_steps(const UplinkFacts& uplink) {
  const IfName& name = uplink.link.name;
  const auto v4 =
      std::ranges::find_if(uplink.gateways, [](const Gateway& g) { return g.address.is_v4(); });
  const auto gateway = v4 != uplink.gateways.end() ? v4 : uplink.gateways.begin();
  if (gateway == uplink.gateways.end())
    return fail(fmt::format("no gateway is known on {}, so nothing could prove that the access "
                            "point answers 4-address frames",
                            name.text()),
                "give the host its address and default route first, or try mode macnat");
  return Actions{SetFourAddr{name}, ProveGateway{name, gateway->address, prove_timeout_ms}};
}

Actions datapath_steps(const UplinkFacts& uplink) {
  const IfName& name = uplink.link.name;
  Actions steps;
  steps.emplace_back(LoadDatapath{name});
  // Undone before the datapath, which knows the device if it was renamed.
  if (!uplink.link.promiscuous) steps.emplace_back(SetPromiscuous{name});
  steps.emplace_back(AttachPrograms{name, name, Attachment::air});
  return steps;
}

Actions batman_steps(const UplinkFacts& uplink) {
  const IfName& name = uplink.link.name;
  const IfName& sink = devices_of(name).batman_sink;
  // Other nodes send groups only to who wants them, and of guests batman-adv knows nothing. With a
  // bridge on top it asks for all (batadv_mcast_mla_flags_get, net/batman-adv/multicast.c). This
  // one stays down: what it is handed, our programs have seen before.
  return {CreateBatman{name}, JoinBridge{uplink.batman_over.value_or(IfName{}), name},
          CreateBridge{sink, uplink.link.mtu}, JoinBridge{name, sink}, SetUp{name}};
}

Actions bridge_steps(const UplinkFacts& uplink) {
  const IfName& name = uplink.link.name;
  const UplinkDevices devices = devices_of(name);
  return {CreateBridge{devices.bridge, uplink.link.mtu},
          CreateVeth{devices.bridge_port, devices.veth_inner, uplink.link.mtu},
          JoinBridge{devices.veth_inner, devices.bridge},
          AttachPrograms{name, devices.bridge, Attachment::bridge_self},
          AttachPrograms{name, devices.bridge_port, Attachment::bridge_port},
          SetUp{devices.bridge},
          SetUp{devices.veth_inner},
          SetUp{devices.bridge_port}};
}

}  // namespace

Result<Actions> feature_steps(Feature feature, const UplinkFacts& uplink) {
  switch (feature) {
    case Feature::four_addr:
      return four_addr_steps(uplink);
    case Feature::datapath:
      return datapath_steps(uplink);
    case Feature::ipvlan:
      return Actions{AttachPrograms{uplink.link.name, uplink.link.name, Attachment::ipvlan}};
    case Feature::batman:
      return batman_steps(uplink);
    case Feature::bridge:
      break;
  }
  return bridge_steps(uplink);
}

}  // namespace airtap
