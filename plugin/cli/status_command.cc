// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/with_session.h"

namespace airtap {

namespace {

std::string age_text(std::uint64_t age_ms) {
  const auto seconds = age_ms / 1000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  return fmt::format("{} min", seconds / 60);
}

std::string mac_text(const MacAddress& mac) { return mac.is_zero() ? "not known yet" : mac.text(); }

void print_text(const std::vector<NicStatus>& nics) {
  if (nics.empty()) std::cout << "no guest uses airtap\n";
  for (const NicStatus& status : nics) {
    const PlannedNic& nic = status.nic;
    std::cout << fmt::format(
        "{}: {}: {} on {}, mode {}, MAC {}, on the air {}\n", status.owner, nic.label,
        nic.target.text(), nic.uplink.text(), to_text(nic.mode), mac_text(nic.mac),
        nic.mode == Mode::macnat || nic.mode == Mode::ipvtap ? status.station_mac.text()
                                                             : mac_text(nic.mac));
    if (!status.has_traffic) continue;
    const GuestCounters& counters = status.datapath.counters;
    for (const LearnedAddress& learned : status.datapath.addresses)
      std::cout << fmt::format("  address {} (by {}, {} ago)\n", learned.address.text(),
                               learned.source, age_text(learned.age_ms));
    std::cout << fmt::format("  from guest {} packets, {} bytes; to guest {} packets, {} bytes\n",
                             counters.from_guest_packets, counters.from_guest_bytes,
                             counters.to_guest_packets, counters.to_guest_bytes);
    for (const auto& [reason, count] : counters.drops)
      std::cout << fmt::format("  dropped {}: {}\n", reason, count);
  }
}

nlohmann::json json_of(const NicStatus& status) {
  const PlannedNic& nic = status.nic;
  nlohmann::json j{{"domain", status.owner},
                   {"uuid", status.uuid},
                   {"nic", nic.label},
                   {"mac", nic.mac.text()},
                   {"target", nic.target.text()},
                   {"uplink", nic.uplink.text()},
                   {"station_mac", status.station_mac.text()},
                   {"mode", to_text(nic.mode)},
                   {"reason", nic.reason}};
  if (!status.has_traffic) return j;
  const GuestCounters& counters = status.datapath.counters;
  j["addresses"] = nlohmann::json::array();
  for (const LearnedAddress& learned : status.datapath.addresses)
    j["addresses"].push_back({{"address", learned.address.text()},
                              {"source", learned.source},
                              {"age_ms", learned.age_ms}});
  j["from_guest"] = {{"packets", counters.from_guest_packets},
                     {"bytes", counters.from_guest_bytes}};
  j["to_guest"] = {{"packets", counters.to_guest_packets}, {"bytes", counters.to_guest_bytes}};
  j["drops"] = nlohmann::json::object();
  for (const auto& [reason, count] : counters.drops) j["drops"][reason] = count;
  return j;
}

Result<int> show_status(bool json) {
  return with_session([&](Session& session, const Config&) -> Result<int> {
    AIRTAP_TRY(const auto nics, session.status());
    if (!json) {
      print_text(nics);
      return 0;
    }
    nlohmann::json document{{"version", 1}, {"nics", nlohmann::json::array()}};
    for (const NicStatus& status : nics) document["nics"].push_back(json_of(status));
    std::cout << document.dump(2) << "\n";
    return 0;
  });
}

}  // namespace

void add_status_command(CLI::App& app, Run& run) {
  auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("status", "Show every guest interface and its traffic");
  command->add_flag("--json", *json, "Print JSON");
  command->callback([json, &run] { run = [json] { return show_status(*json); }; });
}

}  // namespace airtap
