// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/choose.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

#include "plan/names.h"

namespace airtap {

namespace {

bool is_station(const UplinkFacts& uplink) {
  return uplink.wireless && uplink.wireless->type == WirelessType::station;
}

Result<const UplinkFacts*> by_name(const std::string& name, const HostFacts& facts) {
  if (const UplinkFacts* found = facts.find_uplink(name)) return found;
  if (facts.find_link(name) != nullptr)
    return fail(fmt::format("{} cannot be an uplink", name),
                "name the Wi-Fi or Ethernet device that leads to the LAN");
  return fail(fmt::format("there is no uplink {}", name), "see 'ip link' for the devices there are",
              ENODEV);
}

Result<const UplinkFacts*> the_station(const HostFacts& facts) {
  std::vector<const UplinkFacts*> stations;
  for (const UplinkFacts& uplink : facts.uplinks)
    if (is_station(uplink)) stations.push_back(&uplink);
  if (stations.size() > 1)
    std::erase_if(stations, [](const UplinkFacts* uplink) { return !uplink->link.carrier; });
  if (stations.size() == 1) return stations.front();
  if (stations.empty()) return nullptr;
  std::vector<std::string> names;
  for (const UplinkFacts* station : stations) names.push_back(station->link.name.text());
  return fail(fmt::format("several Wi-Fi adapters are connected: {}", fmt::join(names, ", ")),
              "choose one with uplink= in the metadata or in airtap.toml");
}

Result<> check_allowed(const std::string& uplink, const Config& config) {
  const auto& allowed = config.allowed_uplinks;
  if (allowed.empty() || std::ranges::find(allowed, uplink) != allowed.end()) return {};
  return fail(fmt::format("uplink {} is not allowed by the configuration", uplink),
              fmt::format("allowed: {}", fmt::join(allowed, ", ")));
}

}  // namespace

Result<const UplinkFacts*> uplink_of_bridge(const std::string& bridge,
                                            const std::optional<std::string>& uplink,
                                            const HostFacts& facts, const Config& config) {
  if (uplink) {
    AIRTAP_CHECK(check_allowed(*uplink, config));
    AIRTAP_TRY(const IfName name, IfName::parse(*uplink));
    if (const IfName own = devices_of(name).bridge; own.text() != bridge)
      return fail(fmt::format("{} is not the bridge of {}", bridge, *uplink),
                  fmt::format("write {}", own.text()));
    return by_name(*uplink, facts);
  }
  for (const UplinkFacts& candidate : facts.uplinks) {
    if (devices_of(candidate.link.name).bridge.text() != bridge) continue;
    AIRTAP_CHECK(check_allowed(candidate.link.name.text(), config));
    return &candidate;
  }
  return fail(fmt::format("no network device has {} as its bridge", bridge),
              fmt::format("the bridge of wlan0 is {}wlan0", bridge_prefix), ENODEV);
}

Result<const UplinkFacts*> choose_uplink(const GuestNic& nic, const HostFacts& facts,
                                         const Config& config) {
  if (!nic.bridge.empty()) return uplink_of_bridge(nic.bridge, nic.uplink, facts, config);
  if (nic.uplink) {
    AIRTAP_CHECK(check_allowed(*nic.uplink, config));
    return by_name(*nic.uplink, facts);
  }
  if (config.uplink) return by_name(*config.uplink, facts);
  AIRTAP_TRY(const UplinkFacts* station, the_station(facts));
  if (station != nullptr) return station;
  for (const UplinkFacts& uplink : facts.uplinks)
    if (!uplink.gateways.empty()) return &uplink;
  return fail("no Wi-Fi adapter and no default route found",
              "connect the host first, or name the uplink in the metadata or in airtap.toml");
}

namespace {

ModeChoice automatic(const GuestNic& nic, const UplinkFacts& uplink) {
  if (nic.moves_away) return {Mode::ipvlan, "auto: the device moves into a container"};
  if (uplink.batman || uplink.link.kind == "batadv")
    return {Mode::bridge, "auto: batman-adv can be bridged"};
  if (!uplink.wireless) return {Mode::bridge, "auto: a wired uplink can be bridged"};
  switch (uplink.wireless->type) {
    case WirelessType::access_point:
      return {Mode::bridge, "auto: an access point can be bridged"};
    case WirelessType::mesh_point:
      return {Mode::bridge, "auto: a mesh point can be bridged"};
    case WirelessType::ad_hoc:
      return {Mode::macnat, "auto: an ad hoc network takes its members' MACs only"};
    default:
      break;
  }
  if (uplink.wireless->four_addr) return {Mode::four_addr, "auto: 4-address frames are on already"};
  return {Mode::macnat, "auto: works with any access point"};
}

}  // namespace

Result<ModeChoice> choose_mode(const GuestNic& nic, const UplinkFacts& uplink,
                               const Config& config) {
  // What a container takes is decided by its <hostdev>: a mode for all others is not meant for it.
  const Mode asked = nic.mode.value_or(nic.moves_away ? Mode::automatic : config.mode);
  ModeChoice choice{
      asked, nic.mode ? fmt::format("asked for by {}", nic.mode_from) : "set in airtap.toml"};
  if (asked == Mode::automatic) choice = automatic(nic, uplink);
  if (nic.moves_away && choice.mode != Mode::ipvlan)
    return fail(
        fmt::format("mode {} has no device that could move into a container", to_text(choice.mode)),
        "remove mode, or use mode ipvlan");
  const auto& allowed = config.allowed_modes;
  if (!allowed.empty() && std::ranges::find(allowed, choice.mode) == allowed.end()) {
    std::vector<std::string_view> names;
    for (const Mode mode : allowed) names.push_back(to_text(mode));
    return fail(fmt::format("mode {} is not allowed by the configuration", to_text(choice.mode)),
                fmt::format("allowed: {}", fmt::join(names, ", ")));
  }
  return choice;
}

}  // namespace airtap
