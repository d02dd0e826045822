// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/status_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace airtap {

namespace {

using nlohmann::json;

std::string age_text(std::uint64_t age_ms) {
  const auto seconds = age_ms / 1000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  return fmt::format("{} min", seconds / 60);
}

std::string mac_text(const MacAddress& mac) { return mac.is_zero() ? "not known yet" : mac.text(); }

std::string air_text(const NicStatus& status) {
  if (status.nic.mode != Mode::macnat && status.nic.mode != Mode::ipvtap)
    return mac_text(status.nic.mac);
  return status.station_mac.is_zero() ? "nothing, the uplink is gone" : status.station_mac.text();
}

std::string drops_text(const GuestCounters& counters, const char* what) {
  std::string text;
  for (const auto& [reason, count] : counters.drops)
    text += fmt::format("  {} {}: {}\n", what, reason, count);
  return text;
}

std::string text_of(const NicStatus& status) {
  const PlannedNic& nic = status.nic;
  std::string text = fmt::format(
      "{}: {}: {} on {}, mode {} ({}), MAC {}, on the air {}\n", status.owner, nic.label,
      nic.target.empty() ? "a TAP not known yet" : nic.target.text(), nic.uplink.text(),
      to_text(nic.mode), nic.reason, mac_text(nic.mac), air_text(status));
  if (nic.mode == Mode::ipvlan)
    return text + "  in the container: the kernel forwards its frames\n";
  if (nic.mode == Mode::station)
    return text + (status.joined ? "  in the network by a station of its own\n"
                                 : "  its station is not in the network now\n");
  if (!status.has_traffic) return text + "  no programs are loaded for it\n";
  const GuestCounters& counters = status.datapath.counters;
  for (const LearnedAddress& learned : status.datapath.addresses)
    text += fmt::format("  address {} (by {}, {} ago)\n", learned.address.text(), learned.source,
                        age_text(learned.age_ms));
  text += fmt::format("  from guest {} packets, {} bytes; to guest {} packets, {} bytes\n",
                      counters.from_guest_packets, counters.from_guest_bytes,
                      counters.to_guest_packets, counters.to_guest_bytes);
  return text + drops_text(counters, "dropped");
}

json drops_of(const GuestCounters& counters) {
  json drops = json::object();
  for (const auto& [reason, count] : counters.drops) drops[reason] = count;
  return drops;
}

json json_of(const NicStatus& status) {
  const PlannedNic& nic = status.nic;
  json j{{"domain", status.owner},
         {"uuid", status.uuid},
         {"nic", nic.label},
         {"mac", nic.mac.text()},
         {"target", nic.target.text()},
         {"uplink", nic.uplink.text()},
         {"station_mac", status.station_mac.text()},
         {"mode", to_text(nic.mode)},
         {"reason", nic.reason}};
  if (nic.mode == Mode::station) j["joined"] = status.joined;
  if (!status.has_traffic) return j;
  const GuestCounters& counters = status.datapath.counters;
  j["addresses"] = json::array();
  for (const LearnedAddress& learned : status.datapath.addresses)
    j["addresses"].push_back({{"address", learned.address.text()},
                              {"source", learned.source},
                              {"age_ms", learned.age_ms}});
  j["from_guest"] = {{"packets", counters.from_guest_packets},
                     {"bytes", counters.from_guest_bytes}};
  j["to_guest"] = {{"packets", counters.to_guest_packets}, {"bytes", counters.to_guest_bytes}};
  j["drops"] = drops_of(counters);
  return j;
}

}  // namespace

std::string status_text(const Status& status) {
  if (status.nics.empty()) return "no guest uses airtap\n";
  std::string text;
  for (const NicStatus& nic : status.nics) text += text_of(nic);
  for (const UplinkStatus& uplink : status.uplinks) {
    if (uplink.strangers.drops.empty()) continue;
    text += fmt::format("{}: frames of no guest\n{}", uplink.uplink.text(),
                        drops_text(uplink.strangers, "dropped"));
  }
  return text;
}

std::string status_json(const Status& status) {
  json document{{"version", 1}, {"nics", json::array()}, {"uplinks", json::array()}};
  for (const NicStatus& nic : status.nics) document["nics"].push_back(json_of(nic));
  for (const UplinkStatus& uplink : status.uplinks)
    document["uplinks"].push_back({{"uplink", uplink.uplink.text()},
                                   {"station_mac", uplink.station_mac.text()},
                                   {"drops", drops_of(uplink.strangers)}});
  return document.dump(2) + "\n";
}

}  // namespace airtap
