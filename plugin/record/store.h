// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The records on disk: /run/airtap/guest-<key>.json and uplink-<name>.json, root only, each
// replaced by rename after fsync. Whoever reads in order to write holds the Lock.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "record/record.h"

namespace airtap {

class RecordStore {
 public:
  /// `directory` need not exist; it is made, mode 0700, by lock().
  explicit RecordStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  class Lock {
   public:
    explicit Lock(UniqueFd fd) : fd_(std::move(fd)) {}

   private:
    UniqueFd fd_;  // flock() on the directory itself ends with it
  };
  /// Waits until nobody else holds it; ETIMEDOUT after `timeout`, naming what to do.
  Result<Lock> lock(std::chrono::milliseconds timeout) const;

  /// True without taking the lock when there is a record of this uuid, whatever its part.
  bool has_guest(const std::string& uuid) const;

  /// ENOENT when there is none.
  Result<GuestRecord> guest(const std::string& uuid) const;
  /// Everything readable; each unreadable file adds a line to `problems`.
  Result<std::vector<GuestRecord>> guests(std::vector<Error>& problems) const;
  Result<std::vector<UplinkRecord>> uplinks(std::vector<Error>& problems) const;

  Result<> write(const GuestRecord& record) const;
  Result<> write(const UplinkRecord& record) const;
  Result<> remove_guest(const std::string& key) const;
  Result<> remove_uplink(const IfName& uplink) const;

 private:
  std::filesystem::path guest_path(const std::string& key) const;
  std::filesystem::path uplink_path(const IfName& uplink) const;

  std::filesystem::path directory_;
};

}  // namespace airtap
