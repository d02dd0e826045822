// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Who lives, as a test says it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "session/processes.h"

namespace airtap::test {

class FakeProcesses final : public Processes {
 public:
  bool alive(const ProcessId& process) const override { return living.contains(process.pid); }
  bool may_be_alive(const ProcessId& process) const override {
    return living.contains(process.pid) || pids_of_others.contains(process.pid);
  }
  std::optional<ProcessId> identify(std::int64_t pid) const override { return ProcessId{pid, 1}; }
  std::optional<ProcessId> emulator_of(const std::string& name, const std::string&) const override {
    const auto found = emulators.find(name);
    return found == emulators.end() ? std::nullopt : std::optional(found->second);
  }
  bool network_runs(const std::string& name, const std::string&) const override {
    return networks.contains(name);
  }
  bool nobody_has_open(const std::filesystem::path& file) const override {
    return !open_files.contains(file);
  }
  std::set<std::filesystem::path> open_files;
  std::set<std::string> networks;
  std::set<std::int64_t> living{1};
  std::set<std::int64_t> pids_of_others;
  std::map<std::string, ProcessId> emulators;
};

}  // namespace airtap::test
