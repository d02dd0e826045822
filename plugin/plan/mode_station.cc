// SPDX-License-Identifier: LGPL-2.1-or-later
//
// station: a second station on the uplink's radio, with the guest's own MAC, that joins the
// uplink's network like any machine; on it a macvtap in passthru, which has that MAC. No datapath:
// frames need no translation, and where they go is the access point's to say.
#include <fmt/format.h>

#include <algorithm>

#include "plan/modes.h"
#include "plan/names.h"

namespace airtap {

namespace {

/// Stations that one radio can be at once.
unsigned most_stations(const std::vector<InterfaceCombination>& combinations) {
  unsigned most = 1;
  for (const InterfaceCombination& combination : combinations) {
    unsigned stations = 0;
    for (const auto& limit : combination.limits)
      if (std::ranges::find(limit.types, "managed") != limit.types.end()) stations += limit.most;
    most = std::max(most, std::min(stations, combination.most));
  }
  return most;
}

Result<> check_radio(const NicInPlan& in) {
  const std::string& uplink = in.uplink.link.name.text();
  if (!in.uplink.wireless || in.uplink.wireless->type != WirelessType::station)
    return fail(fmt::format("{} is not a Wi-Fi station", uplink),
                "a station of its own needs one; try mode auto");
  if (!in.uplink.combinations)
    return fail(fmt::format("the radio of {} does not say how many stations it can be", uplink),
                "try mode macnat");
  const unsigned most = most_stations(*in.uplink.combinations);
  if (most == 1)
    return fail(
        fmt::format("the radio of {} allows one station only, and that is the host's own", uplink),
        "try mode macnat");
  if (in.stations + 2 > most)
    return fail(fmt::format("the radio of {} allows {} stations, and all are in use", uplink, most),
                "stop a guest in mode station, or try mode macnat");
  return {};
}

/// What the datapath would have to do, and there is none in the way.
Result<> check_wishes(const GuestNic& nic) {
  const char* wish = nic.isolate        ? "isolate"
                     : nic.addresses    ? "addresses"
                     : nic.allow_server ? "allow-server"
                                        : nullptr;
  if (wish != nullptr)
    return fail(
        fmt::format("{} has no effect on a station: the access point carries its frames", wish),
        "remove it, or try mode macnat");
  if (nic.has_filterref)
    return fail("<filterref> has no effect on a station", "remove it, or try mode macnat");
  return {};
}

}  // namespace

Result<> StationPlanner::check(const NicInPlan& in) const {
  if (in.nic.anonymous)
    return fail(
        "a station is made with the guest's MAC, which a caller of the bridge helper does "
        "not tell",
        "use a domain of qemu:///system, or try mode macnat");
  if (!in.nic.bridge.empty())
    return fail(fmt::format("a station's device is made before libvirt starts a guest, and is no "
                            "port of {}",
                            in.nic.bridge),
                "use <interface type='ethernet'>, or another mode");
  if (!in.nic.device_is_ours)
    return fail("the device of a station cannot be made by libvirt",
                "write <target dev='airtap0' managed='no'/>");
  AIRTAP_CHECK(check_wishes(in.nic));
  AIRTAP_CHECK(check_radio(in));
  if (in.config.station_credentials.empty())
    return fail("the configuration gives guests no credentials to join the network with",
                "set credentials under [station] in airtap.toml");
  return check_not_enslaved(in);
}

std::vector<Feature> StationPlanner::features(const NicInPlan&, bool) const { return {}; }

Actions StationPlanner::own_steps(const NicInPlan& in) const {
  const IfName& uplink = in.uplink.link.name;
  const IfName station = station_of(in.target);
  // Up before the supplicant comes: what the radio has against it is told here.
  return {CreateStation{station, uplink, in.nic.mac}, SetUp{station},
          CreateMacvtap{in.target, station, in.mtu},
          JoinNetwork{station, uplink, in.config.station_credentials}, SetUp{in.target}};
}

}  // namespace airtap
