// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Another program beside this one, in the calling thread's namespace.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace airtap::bench {

class Program {
 public:
  /// Its descriptor 3 is `third`, if there is one. Throws when there is no such program.
  explicit Program(const std::vector<std::string>& words, int third = -1);
  /// Kills it, if it has not ended.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  /// Its output up to the line with `text`, or all of it; throws where that takes too long.
  std::string output(const std::string& text = {});
  /// Its exit status, after its end.
  int wait();

 private:
  pid_t pid_ = 0;
  UniqueFd output_;
};

}  // namespace airtap::bench
