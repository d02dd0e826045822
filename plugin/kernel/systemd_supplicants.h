// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Supplicants as transient units of systemd, airtap-STATION.service: they are in nobody's control
// group who could take them along, and are started again if they die. What a unit needs is in
// /run/airtap/STATION, for root alone.
#pragma once

#include <filesystem>

#include "kernel/supplicants.h"

namespace airtap {

class SystemdSupplicants final : public Supplicants {
 public:
  explicit SystemdSupplicants(std::filesystem::path run = "/run/airtap") : run_(std::move(run)) {}

  Result<> start(const StationNetwork& network) override;
  Result<> stop(const IfName& station) override;
  Result<bool> follow(const IfName& station, unsigned frequency) override;
  Result<std::vector<IfName>> stations() override;

 private:
  std::filesystem::path directory_of(const IfName& station) const { return run_ / station.text(); }
  std::string socket_of(const IfName& station) const {
    return directory_of(station) / "control" / station.text();
  }

  std::filesystem::path run_;
};

}  // namespace airtap
