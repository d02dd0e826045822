// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/plan_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/choose.h"
#include "plan/mode.h"

namespace airtap {

namespace {

GuestNic any_nic_of(const Network& network) {
  GuestNic nic;
  nic.bridge = network.bridge;
  nic.mode = network.mode;
  nic.uplink = network.uplink;
  nic.addresses = network.addresses;
  nic.isolate = network.isolate;
  nic.allow_server = network.allow_server;
  nic.port_isolated = network.ports_isolated;
  return nic;
}

bool is_active(Feature feature, const IfName& uplink, const std::vector<UplinkInUse>& in_use) {
  return std::ranges::any_of(in_use, [&](const UplinkInUse& use) {
    return use.uplink == uplink && std::ranges::find(use.active, feature) != use.active.end();
  });
}

}  // namespace

Result<> check_network(const Network& network, const Config& config) {
  if (!network.bridge.starts_with(bridge_prefix))
    return fail(network.bridge.empty()
                    ? "the network names no bridge"
                    : fmt::format("{} is not a bridge of airtap's", network.bridge),
                fmt::format("write <bridge name='{}wlan0'/> for uplink wlan0", bridge_prefix));
  if (network.mode == Mode::ipvtap)
    return fail(
        "mode ipvtap is not for networks: an ipvtap must be there before libvirt starts a "
        "guest, and of a network's guests libvirt tells too late",
        "use <interface type='ethernet'>, or another mode");
  if (network.mode == Mode::ipvlan)
    return fail("mode ipvlan is not for networks: a container takes an ipvlan by its <hostdev>",
                "use another mode: a container on this network gets a veth");
  if (network.mode == Mode::station)
    return fail(
        "mode station is not for networks: the device must be there before libvirt starts a guest, "
        "and of a network's guests libvirt tells too late",
        "use <interface type='ethernet'>, or another mode");
  if (network.allow_server && !config.allow_server)
    return fail("allow-server is not allowed by the configuration",
                "set server = true under [allow] in airtap.toml");
  // From the first frame on: the datapath knows a hot-plugged TAP only a moment later.
  if (network.isolate && !network.ports_isolated)
    return fail("isolate='yes' needs the bridge to do its part",
                "add <port isolated='yes'/> to the network");
  return {};
}

Result<Plan> plan_network(const Network& network, const HostFacts& facts, const Config& config,
                          const std::vector<UplinkInUse>& in_use) {
  AIRTAP_CHECK(check_network(network, config));
  AIRTAP_TRY(const UplinkFacts* uplink,
             uplink_of_bridge(network.bridge, network.uplink, facts, config));
  const GuestNic nic = any_nic_of(network);
  AIRTAP_TRY(const ModeChoice choice, choose_mode(nic, *uplink, config));
  AIRTAP_TRY(const auto mesh, batman_instead(*uplink, choice.mode, facts));
  if (mesh) uplink = &*mesh;
  const NicInPlan in{.nic = nic, .target = {}, .uplink = *uplink, .facts = facts, .config = config};
  if (auto works = planner_of(choice.mode).check(in); !works)
    return fail(works.error().within(to_text(choice.mode)));
  Plan plan;
  std::vector<Feature> features{Feature::datapath, Feature::bridge};
  if (uplink->batman_over) features.insert(features.begin(), Feature::batman);
  for (const Feature feature : features) {
    const FeatureUse use{uplink->link.name, feature};
    plan.uses.push_back(use);
    if (is_active(feature, uplink->link.name, in_use)) continue;
    AIRTAP_TRY(Actions steps, feature_steps(feature, *uplink));
    plan.shared.push_back({use, "network " + network.name, std::move(steps)});
  }
  return plan;
}

GuestNic nic_of(const Network& network, const NetworkPort& port) {
  GuestNic nic = any_nic_of(network);
  nic.mac = port.mac;
  nic.label = port.mac.text();
  nic.has_bandwidth = port.has_bandwidth;
  return nic;
}

Actions plan_port_tap(const RegisterGuest& known, const IfName& tap) {
  RegisterGuest guest = known;
  guest.port = tap;
  return {guest, AttachPrograms{known.uplink, tap, Attachment::tap}};
}

}  // namespace airtap
