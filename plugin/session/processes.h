// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: does the owner of a record still live? Answered from /proc and libvirt's pid files, never
// by asking libvirt, which would deadlock inside a hook (libvirt docs/hooks.rst).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "record/record.h"

namespace airtap {

class Processes {
 public:
  virtual ~Processes() = default;
  /// The same process, not another that got its pid.
  virtual bool alive(const ProcessId& process) const = 0;
  /// True also of another that got its pid, and of one that is not reaped: what a start asks of a
  /// thousand guests, a tenth as costly.
  virtual bool may_be_alive(const ProcessId& process) const = 0;
  /// nullopt: no such process.
  virtual std::optional<ProcessId> identify(std::int64_t pid) const = 0;
  /// The running emulator of a domain, by libvirt's pid file and the uuid on its command line; of a
  /// container its controller, which has the name there.
  virtual std::optional<ProcessId> emulator_of(const std::string& domain_name,
                                               const std::string& uuid) const = 0;
  /// libvirt holds the network for running, by its status file; survives the daemon.
  virtual bool network_runs(const std::string& name, const std::string& uuid) const = 0;
  /// False also when that cannot be told: it takes the right to look into every process.
  virtual bool nobody_has_open(const std::filesystem::path& file) const = 0;
};

class ProcProcesses final : public Processes {
 public:
  explicit ProcProcesses(std::filesystem::path proc = "/proc",
                         std::filesystem::path pid_files = "/run/libvirt/qemu",
                         std::filesystem::path networks = "/run/libvirt/network",
                         std::filesystem::path controllers = "/run/libvirt/lxc")
      : proc_(std::move(proc)),
        pid_files_(std::move(pid_files)),
        networks_(std::move(networks)),
        controllers_(std::move(controllers)) {}
  bool alive(const ProcessId& process) const override;
  bool may_be_alive(const ProcessId& process) const override;
  std::optional<ProcessId> identify(std::int64_t pid) const override;
  std::optional<ProcessId> emulator_of(const std::string& domain_name,
                                       const std::string& uuid) const override;
  bool network_runs(const std::string& name, const std::string& uuid) const override;
  bool nobody_has_open(const std::filesystem::path& file) const override;

 private:
  /// Whoever the pid file names, if `mark` is on its command line.
  std::optional<ProcessId> process_of(const std::filesystem::path& pid_file,
                                      const std::string& mark) const;

  std::filesystem::path proc_;
  std::filesystem::path pid_files_;
  std::filesystem::path networks_;
  std::filesystem::path controllers_;
};

}  // namespace airtap
