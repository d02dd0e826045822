// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/unique_fd.h"

namespace airtap {

/// Tells when a record may have gone.
class RecordWatch {
 public:
  /// ENOENT when the directory does not exist: then there is no record.
  static Result<RecordWatch> open(const std::filesystem::path& directory);
  int fd() const { return fd_.get(); }
  void drain();

 private:
  explicit RecordWatch(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace airtap
