// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/names.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "model/guest_nic.h"

namespace airtap {

namespace {

constexpr std::string_view port_prefix = "airup-";
constexpr std::string_view inner_prefix = "airin-";
constexpr std::string_view batman_prefix = "airba-";
constexpr std::string_view sink_prefix = "airbs-";
constexpr std::string_view station_prefix = "airst-";

std::string suffix_of(const IfName& device) {
  constexpr std::size_t room = IfName::max_length - bridge_prefix.size();
  if (device.text().starts_with(batman_prefix)) return device.text().substr(batman_prefix.size());
  if (device.text().size() <= room) return device.text();
  std::uint32_t hash = 2166136261U;
  for (const char c : device.text()) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("{:08x}", hash);
}

IfName join(std::string_view prefix, const std::string& suffix) {
  // A prefix of ours and a suffix cut to size cannot be an invalid name.
  return IfName::parse(std::string(prefix) + suffix).value();
}

}  // namespace

UplinkDevices devices_of(const IfName& uplink) {
  const std::string suffix = suffix_of(uplink);
  return {join(bridge_prefix, suffix), join(port_prefix, suffix), join(inner_prefix, suffix),
          join(batman_prefix, suffix), join(sink_prefix, suffix)};
}

IfName station_of(const IfName& target) { return join(station_prefix, suffix_of(target)); }

bool is_station_name(const IfName& name) { return name.text().starts_with(station_prefix); }

bool is_reserved(const IfName& name) {
  for (const auto prefix :
       {bridge_prefix, port_prefix, inner_prefix, batman_prefix, sink_prefix, station_prefix})
    if (name.text().starts_with(prefix)) return true;
  return false;
}

}  // namespace airtap
