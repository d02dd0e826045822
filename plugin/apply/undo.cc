// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Undoing never trusts a name alone: between the record and now, a device may have gone and another
// one taken its name.
#include "apply/apply.h"

namespace airtap {

namespace {

/// Links airtap made carry this alias (kernel/links.h).
constexpr std::string_view our_alias = "airtap";

bool gone(const Error& error) { return error.code() == ENODEV; }

/// The uplink's name now: somebody may have renamed it while guests ran, and programs stay with the
/// device.
IfName present_name(Kernel& kernel, const IfName& uplink) {
  const auto named = kernel.links.find(uplink);
  if (named || !gone(named.error())) return uplink;
  const auto settings = kernel.datapath.settings(uplink);
  const auto links = kernel.links.list();
  if (!settings || !links) return uplink;
  for (const LinkFacts& link : *links)
    if (link.ifindex == settings->uplink_ifindex && link.mac == settings->station_mac)
      return link.name;
  return uplink;
}

/// `inherent`: true when name and kind alone say that it is ours.
Result<> remove_link(Kernel& kernel, const IfName& name, std::string_view kind, bool inherent) {
  auto link = kernel.links.find(name);
  if (!link) return gone(link.error()) ? Result<>{} : fail(link.error());
  const bool ours = inherent || link->alias == our_alias || link->being_made;
  if (link->kind != kind || !ours) return {};
  auto removed = kernel.links.remove(name);
  if (!removed && gone(removed.error())) return {};
  return removed;
}

struct Undoer {
  Kernel& kernel;
  std::chrono::milliseconds patience;

  Result<> operator()(const SetFourAddr& a) const {
    auto link = kernel.links.find(a.uplink);
    if (!link) return gone(link.error()) ? Result<>{} : fail(link.error());
    AIRTAP_TRY(const auto facts, kernel.wireless.info(link->ifindex));
    if (!facts || !facts->four_addr) return {};
    return leave_four_addr(kernel, *link, patience);
  }
  Result<> operator()(const ProveGateway&) const { return {}; }
  Result<> operator()(const SetPromiscuous& a) const {
    auto off = kernel.links.set_promiscuous(present_name(kernel, a.uplink), false);
    if (!off && gone(off.error())) return {};
    return off;
  }
  Result<> operator()(const LoadDatapath& a) const { return kernel.datapath.unload(a.uplink); }
  Result<> operator()(const AttachPrograms& a) const {
    const bool on_uplink = a.attachment == Attachment::air || a.attachment == Attachment::ipvlan;
    return kernel.datapath.detach(on_uplink ? present_name(kernel, a.device) : a.device,
                                  a.attachment);
  }
  // The names of bridge, batman-adv mesh and veth are reserved for airtap; a TAP's or an ipvtap's
  // is the user's.
  Result<> operator()(const CreateBridge& a) const {
    return remove_link(kernel, a.name, "bridge", true);
  }
  Result<> operator()(const CreateBatman& a) const {
    return remove_link(kernel, a.name, "batadv", true);
  }
  Result<> operator()(const CreateVeth& a) const {
    return remove_link(kernel, a.outer, "veth", true);
  }
  Result<> operator()(const CreateTap& a) const {
    return remove_link(kernel, a.name, "tun", false);
  }
  Result<> operator()(const CreateIpvtap& a) const {
    return remove_link(kernel, a.name, "ipvtap", false);
  }
  Result<> operator()(const CreateIpvlan& a) const {
    return remove_link(kernel, a.name, "ipvlan", false);
  }
  /// Of a reserved name, and a station: nobody else's.
  Result<> operator()(const CreateStation& a) const {
    auto link = kernel.links.find(a.name);
    if (!link) return gone(link.error()) ? Result<>{} : fail(link.error());
    AIRTAP_TRY(const auto wireless, kernel.wireless.info(link->ifindex));
    if (!wireless) return {};
    auto removed = kernel.wireless.remove_station(link->ifindex);
    if (!removed && gone(removed.error())) return {};
    return removed;
  }
  Result<> operator()(const CreateMacvtap& a) const {
    return remove_link(kernel, a.name, "macvtap", false);
  }
  Result<> operator()(const JoinNetwork& a) const { return kernel.supplicants.stop(a.station); }
  Result<> operator()(const JoinBridge& a) const {
    auto port = kernel.links.find(a.port);
    if (!port) return gone(port.error()) ? Result<>{} : fail(port.error());
    auto bridge = kernel.links.find(a.bridge);
    if (!bridge) return gone(bridge.error()) ? Result<>{} : fail(bridge.error());
    if (port->master != bridge->ifindex) return {};
    auto left = kernel.links.leave_bridge(a.port);
    if (!left && gone(left.error())) return {};
    return left;
  }
  Result<> operator()(const SetUp&) const { return {}; }
  Result<> operator()(const RegisterGuest& a) const {
    return kernel.datapath.remove_guest(a.uplink, a.id);
  }
};

}  // namespace

Result<> undo(Kernel& kernel, const Action& action, std::chrono::milliseconds patience) {
  return std::visit(Undoer{kernel, patience}, action);
}

}  // namespace airtap
