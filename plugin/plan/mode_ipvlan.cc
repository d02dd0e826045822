// SPDX-License-Identifier: LGPL-2.1-or-later
//
// ipvlan: for libvirt-LXC, which moves the device into the container. Frames travel as the kernel's
// ipvlan has them: the station's MAC, told apart by the addresses that the container configures.
// The datapath is there for what ipvlan leaves out: it asks for broadcast answers to DHCP, and
// knows group frames that the access point has made unicast ones.
#include <fmt/format.h>

#include "plan/modes.h"

namespace airtap {

namespace {

/// One rx_handler a device: macvlan or iwlmei (drivers/net/wireless/intel/iwlwifi/mei/main.c) holds
/// it. And one mode for all of a device's ipvlans: making another of L2 would change the others,
/// ipvlan_link_new() in drivers/net/ipvlan/ipvlan_main.c.
Result<> check_rx_handler(const NicInPlan& in) {
  constexpr const char* instead =
      "remove it, or give the container a veth: <interface type='ethernet'>";
  const LinkFacts& uplink = in.uplink.link;
  if (in.uplink.wireless && in.uplink.wireless->shared_with_amt)
    return fail(fmt::format("Intel's AMT listens on {} (module iwlmei), and a device serves only "
                            "one of the two",
                            uplink.name.text()),
                "modprobe -r iwlmei where AMT is not in use, or give the container a veth: "
                "<interface type='ethernet'>");
  for (const LinkFacts& link : in.facts.links) {
    if (link.lower != uplink.ifindex) continue;
    if (link.kind == "macvlan" || link.kind == "macvtap")
      return fail(fmt::format("{} already carries {} {}, and a device serves only one of the two",
                              uplink.name.text(), link.kind, link.name.text()),
                  instead);
    if ((link.kind == "ipvlan" || link.kind == "ipvtap") && !link.ipvlan_l2_bridge)
      return fail(
          fmt::format("{} already carries {} {}, which is not in mode l2 bridge, and all of "
                      "a device's share one mode",
                      uplink.name.text(), link.kind, link.name.text()),
          instead);
  }
  return {};
}

}  // namespace

Result<> IpvlanPlanner::check(const NicInPlan& in) const {
  if (!in.nic.moves_away)
    return fail("an ipvlan is for containers, which take the device itself",
                "write <hostdev mode='capabilities' type='net'>, or try mode ipvtap");
  // The kernel's ipvlan knows neither, and the datapath does not see who sent a frame.
  if (in.nic.isolate || in.nic.addresses)
    return fail(
        fmt::format("{} has no effect on an ipvlan", in.nic.isolate ? "isolate" : "addresses"),
        "remove it");
  AIRTAP_CHECK(check_not_enslaved(in));
  return check_rx_handler(in);
}

std::vector<Feature> IpvlanPlanner::features(const NicInPlan&, bool) const {
  return {Feature::datapath, Feature::ipvlan};
}

Actions IpvlanPlanner::own_steps(const NicInPlan& in) const {
  return {CreateIpvlan{in.target, in.uplink.link.name, in.mtu}};
}

}  // namespace airtap
