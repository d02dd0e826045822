// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/follow.h"

#include "apply/reserve.h"
#include "apply/settings.h"

namespace airtap {

namespace {

/// Repeats of an uplink's actions those that its device may have lost.
struct Renewer {
  Kernel& kernel;
  const LinkFacts& link;
  UplinkChange& change;

  Result<> operator()(const SetFourAddr&) const {
    AIRTAP_TRY(const auto wireless, kernel.wireless.info(link.ifindex));
    if (!wireless || wireless->type != WirelessType::station || wireless->four_addr) return {};
    AIRTAP_CHECK(kernel.wireless.set_four_addr(link.ifindex, true));
    change.mended.emplace_back("4-address frames were off: turned on again");
    return {};
  }
  Result<> operator()(const SetPromiscuous& a) const {
    if (link.promiscuous) return {};
    return kernel.links.set_promiscuous(a.uplink, true);
  }
  Result<> operator()(const AttachPrograms& a) const {
    if (!change.made_anew || a.attachment != Attachment::air) return {};
    AIRTAP_CHECK(kernel.datapath.attach(a.uplink, a.device, a.attachment));
    change.mended.emplace_back("the device was made anew: programs attached again");
    return {};
  }
  /// A batman-adv mesh outlives the device below it, which comes back as nobody's.
  Result<> operator()(const JoinBridge& a) const {
    if (a.bridge != link.name) return {};
    const auto port = kernel.links.find(a.port);
    if (!port) return port.error().code() == ENODEV ? Result<>{} : fail(port.error());
    if (port->master != 0) return {};
    AIRTAP_CHECK(kernel.links.join_bridge(a.port, a.bridge));
    change.mended.push_back(a.port.text() + " was made anew: part of the mesh again");
    return {};
  }
  // Everything else is not on the uplink's own device.
  Result<> operator()(const auto&) const { return {}; }
};

void describe(const DatapathSettings& before, const DatapathSettings& now, UplinkChange& change) {
  if (before.station_mac != now.station_mac)
    change.mended.push_back("the station's MAC is now " + now.station_mac.text() + ", was " +
                            before.station_mac.text());
  if (before.host != now.host) change.mended.emplace_back("the host's addresses have changed");
  if (before.gateways != now.gateways) change.mended.emplace_back("the gateway has changed");
}

}  // namespace

Result<UplinkChange> follow_uplink(Kernel& kernel, const UplinkRecord& record) {
  UplinkChange change;
  const auto link = kernel.links.find(record.uplink);
  if (!link) {
    if (link.error().code() == ENODEV) return change;
    return fail(link.error());
  }
  change.present = true;
  AIRTAP_TRY(const DatapathSettings before, kernel.datapath.settings(record.uplink));
  AIRTAP_TRY(const DatapathSettings now, host_settings(kernel, *link));
  change.made_anew = before.uplink_ifindex != now.uplink_ifindex;
  change.host_moved =
      change.made_anew || before.station_mac != now.station_mac || before.host != now.host;
  // The settings last: they are what tells next time that the device is another one.
  for (const FeatureRecord& feature : record.features)
    if (feature.complete)
      for (const Action& action : feature.actions)
        AIRTAP_CHECK(std::visit(Renewer{kernel, *link, change}, action));
  if (before != now) AIRTAP_CHECK(kernel.datapath.configure(record.uplink, now));
  // For guests that have sent nothing yet. A gateway that is not there yet is asked for again by
  // the next start of such a guest.
  if (change.made_anew || before.gateways != now.gateways)
    (void)reserve_macs(kernel, record.uplink, std::chrono::milliseconds(200));
  describe(before, now, change);
  return change;
}

}  // namespace airtap
