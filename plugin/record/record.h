// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What airtap did, or was about to do, for one owner and for one uplink. Written before it is done,
// so that a crash between any two actions leaves enough to restore the state before.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/plan.h"

namespace airtap {

/// A process that outlives pid reuse: pid and start time (field 22 of /proc/PID/stat, clock ticks).
struct ProcessId {
  std::int64_t pid = 0;
  std::uint64_t start = 0;
  bool operator==(const ProcessId&) const = default;
};

enum class GuestPhase {
  attaching,  ///< actions may or may not have happened: nobody but a crash leaves this behind
  attached,
};

/// Whose life a record follows.
enum class RecordOf {
  domain,   ///< a process
  network,  ///< a libvirt network that runs; has no NICs, keeps what its guests will share
  device,   ///< nobody's: whoever asked for it takes it away
};

/// What was done for a guest: text until somebody asks, for a start reads the records of all guests
/// and needs what was done for few of them.
class RecordedActions {
 public:
  RecordedActions() = default;
  RecordedActions(Actions actions) : actions_(std::move(actions)) {}
  static RecordedActions from_json_text(std::string text);
  /// Errors: the text is damaged.
  Result<Actions> get() const;
  std::string json_text() const;
  bool operator==(const RecordedActions& other) const { return json_text() == other.json_text(); }

 private:
  std::variant<Actions, std::string> actions_;
};

/// What a domain (or caller of the helper) has from its start on, or one NIC that came by itself.
struct GuestRecord {
  std::string name;
  std::string uuid;
  /// Tells records of one domain apart: the uuid of a network's port, the name of a device that was
  /// plugged in. Empty for what the domain has from its start on.
  std::string part;
  RecordOf of = RecordOf::domain;
  GuestPhase phase = GuestPhase::attaching;
  /// The daemon whose hook made this; alive means that it will still tell us of the end.
  ProcessId starter;
  /// The emulator, once it is known; pid 0 before. Of a caller of the bridge helper: the process at
  /// the other end of its socket.
  ProcessId emulator;
  /// A process of ours that ends this guest; while it lives nobody else has to. pid 0: none.
  ProcessId watcher;
  std::vector<PlannedNic> nics;
  std::vector<FeatureUse> uses;
  RecordedActions actions;
  bool operator==(const GuestRecord&) const = default;

  /// Names the record: uuid, or uuid.part.
  std::string key() const { return key_of(uuid, part); }
  static std::string key_of(const std::string& uuid, const std::string& part) {
    return part.empty() ? uuid : uuid + "." + part;
  }
};

struct FeatureRecord {
  Feature feature = Feature::datapath;
  bool complete = false;  ///< false: being made, or left so by a crash
  Actions actions;
  bool operator==(const FeatureRecord&) const = default;
};

struct UplinkRecord {
  IfName uplink;
  /// In the order they were made.
  std::vector<FeatureRecord> features;
  bool operator==(const UplinkRecord&) const = default;
};

}  // namespace airtap
