// SPDX-License-Identifier: LGPL-2.1-or-later
//
// libbpf writes to stderr by default, which libvirt would show to the user even where we go on.
// Kept instead, for the message of an operation that failed.
#pragma once

#include <string>

namespace airtap {

/// Collects what libbpf says on this thread while it lives. Not nested.
class LibbpfLog {
 public:
  LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog();

  /// The last lines as one, in brackets with a space before; empty when nothing was said.
  std::string tail() const;

 private:
  std::string text_;
};

}  // namespace airtap
