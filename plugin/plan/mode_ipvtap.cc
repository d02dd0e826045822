// SPDX-License-Identifier: LGPL-2.1-or-later
//
// ipvtap: the datapath translates and demultiplexes, so that neither the guest's MAC nor the host's
// addresses have to follow ipvlan's rules. No frame takes ipvlan's own ways, so the device below
// only has to be there. It is the end of our veth pair and not the uplink: an ipvtap is deleted
// with the device below (ipvlan_device_event, NETDEV_UNREGISTER), and a Wi-Fi adapter can be
// unplugged; and the uplink's one rx_handler stays free for others.
#include <fmt/format.h>

#include "plan/modes.h"
#include "plan/names.h"

namespace airtap {

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
  return check_not_enslaved(in);
}

std::vector<Feature> IpvtapPlanner::features(const NicInPlan&, bool) const {
  return {Feature::datapath, Feature::bridge};
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
  return {CreateIpvtap{in.target, devices_of(uplink).bridge_port, in.mtu}, guest,
          AttachPrograms{uplink, in.target, Attachment::ipvtap}, SetUp{in.target}};
}

}  // namespace airtap
