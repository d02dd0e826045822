// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "plan/mode.h"
#include "plan/names.h"

namespace airtap {

Actions bridged_port_steps(const NicInPlan& in, bool translate) {
  const IfName& uplink = in.uplink.link.name;
  Actions steps;
  if (in.nic.device_is_ours)
    steps.emplace_back(CreateTap{in.target, in.nic.queues, in.mtu, /*owner_uid=*/0});
  if (in.nic.bridge.empty()) steps.emplace_back(JoinBridge{in.target, devices_of(uplink).bridge});
  // libvirt's nwfilter sees frames on the bridge only, and its limits take the TAP's ingress hook,
  // so such a NIC must not take the short way. A network's port takes it once it has its TAP.
  const bool short_way = !in.nic.has_filterref && !in.nic.has_bandwidth && !in.target.empty();
  RegisterGuest guest{.uplink = uplink,
                      .id = in.id,
                      .mac = in.nic.mac,
                      .port = short_way ? in.target : IfName{},
                      .port_is_ipvtap = false,
                      .translate = translate,
                      .isolate = in.nic.isolate,
                      .allow_server = in.nic.allow_server,
                      .address_quota = in.address_quota};
  steps.emplace_back(guest);
  if (short_way) steps.emplace_back(AttachPrograms{uplink, in.target, Attachment::tap});
  if (in.nic.device_is_ours) steps.emplace_back(SetUp{in.target});
  return steps;
}

Result<> check_not_enslaved(const NicInPlan& in) {
  const LinkFacts& link = in.uplink.link;
  if (link.master == 0) return {};
  const LinkFacts* master = in.facts.find_link(link.master);
  return fail(fmt::format("{} is already a port of {}", link.name.text(),
                          master != nullptr ? master->name.text() : "another device"),
              master != nullptr && master->kind == "bridge"
                  ? "put the guest on that bridge, or take the uplink out of it"
                  : "choose another uplink");
}

}  // namespace airtap
