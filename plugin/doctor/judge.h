// SPDX-License-Identifier: LGPL-2.1-or-later
//
// From facts to what a person should know and do. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "doctor/host_files.h"
#include "kernel/feature_trial.h"
#include "kernel/lan_probe.h"
#include "model/interface_combination.h"
#include "model/mode.h"
#include "model/plan.h"
#include "model/uplink_facts.h"

namespace airtap {

/// What the access point did when asked.
struct AirFacts {
  bool gateway_answers = false;
  /// nullopt: not tried; `four_addr_note` says why.
  std::optional<bool> four_addr_carried;
  std::string four_addr_note;
  LanAnswers lan;
  std::optional<Error> failed;  ///< the probe itself
};

struct DoctorFacts {
  HostFiles files;
  /// nullopt: could not be tried, `trial_error` says why.
  std::optional<std::vector<TriedFeature>> features;
  std::string trial_error;
  HostFacts host;
  IfName uplink;
  std::optional<bool> driver_does_four_addr;  ///< nullopt: no Wi-Fi station
  /// Of the uplink's radio; nullopt: no Wi-Fi, or it could not be asked.
  std::optional<std::vector<InterfaceCombination>> combinations;
  std::optional<AirFacts> air;  ///< nullopt: not probed
};

enum class Verdict { good, note, bad };

struct Finding {
  std::string section;  ///< "host", "uplink", "access point"
  std::string subject;
  Verdict verdict = Verdict::good;
  std::string text;
  std::string advice;  ///< what to do; may be empty
};

struct ModeVerdict {
  Mode mode = Mode::macnat;
  bool works = false;
  std::string why;  ///< for a mode that does not, and for `auto` what it comes to
};

struct Diagnosis {
  IfName uplink;
  std::vector<Finding> findings;
  std::vector<ModeVerdict> modes;
};

/// What the start of a guest would say, if there were one. `uplink` may be empty.
Result<Plan> plan_trial(const HostFacts& host, const Config& config, const std::string& uplink,
                        std::optional<Mode> mode);

Diagnosis judge(const DoctorFacts& facts, const Config& config);

}  // namespace airtap
