// SPDX-License-Identifier: LGPL-2.1-or-later
//
// ipvtap: the guest's device hangs on the uplink itself; the datapath translates and demultiplexes,
// so that neither the guest's MAC nor the host's addresses have to follow ipvlan's rules.
#include <fmt/format.h>

#include "plan/modes.h"

namespace airtap {

namespace {

/// One rx_handler a device: macvlan holds it, and ipvlan's mode is one for all children of a link.
Result<> check_rx_handler(const NicInPlan& in) {
  const LinkFacts& uplink = in.uplink.link;
  for (const LinkFacts& link : in.facts.links) {
    if (link.lower != uplink.ifindex) continue;
    if (link.kind == "macvlan" || link.kind == "macvtap")
      return fail(fmt::format("{} already carries {} {}, and a device serves only one of the two",
                              uplink.name.text(), link.kind, link.name.text()),
                  "remove it, or try mode macnat");
  }
  return {};
}

}  // namespace

Result<> IpvtapPlanner::check(const NicInPlan& in) const {
  if (!in.nic.bridge.empty())
    return fail(fmt::format("an ipvtap is made before libvirt starts a guest, and is no port of {}",
                            in.nic.bridge),
                "use <interface type='ethernet'>, or another mode");
  if (!in.nic.device_is_ours)
    return fail("an ipvtap cannot be made by libvirt",
                "write <target dev='airtap0' managed='no'/>");
  if (in.nic.has_filterref)
    return fail("<filterref> has no effect on an ipvtap", "remove it, or try mode macnat");
  AIRTAP_CHECK(check_not_enslaved(in));
  return check_rx_handler(in);
}

std::vector<Feature> IpvtapPlanner::features(const NicInPlan&, bool) const {
  return {Feature::datapath};
}

Actions IpvtapPlanner::own_steps(const NicInPlan& in) const {
  const IfName& uplink = in.uplink.link.name;
  const RegisterGuest guest{.uplink = uplink,
                            .id = in.id,
                            .mac = in.nic.mac,
                            .port = in.target,
                            .port_is_ipvtap = true,
                            .translate = true,
                            .isolate = in.nic.isolate,
                            .allow_server = in.nic.allow_server,
                            .address_quota = in.address_quota};
  return {CreateIpvtap{in.target, uplink, in.mtu}, guest,
          AttachPrograms{uplink, in.target, Attachment::ipvtap}, SetUp{in.target}};
}

}  // namespace airtap
