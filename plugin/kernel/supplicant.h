// SPDX-License-Identifier: LGPL-2.1-or-later
//
// wpa_supplicant by its control socket (wpa_supplicant's doc/ctrl_iface.doxygen: text datagrams, an
// answer to each command, and events to whoever has sent ATTACH).
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace airtap {

class SupplicantSocket {
 public:
  /// ENOENT or ECONNREFUSED: nobody listens at `path`.
  static Result<SupplicantSocket> open(const std::string& path);

  /// The answer, waited for at most a second. Events that come before it are kept.
  Result<std::string> ask(std::string_view command);
  /// ask(), and the answer must be "OK".
  Result<> tell(std::string_view command);
  /// The next event, without its "<priority>"; nullopt when there was none by then.
  Result<std::optional<std::string>> event(std::chrono::steady_clock::time_point deadline);

 private:
  SupplicantSocket(UniqueFd fd, std::string what) : fd_(std::move(fd)), what_(std::move(what)) {}
  /// nullopt: time ran out.
  Result<std::optional<std::string>> receive(std::chrono::steady_clock::time_point deadline);

  UniqueFd fd_;
  std::string what_;
  std::deque<std::string> events_;
};

/// One command, whose answer must be "OK".
Result<> ask_supplicant(const std::string& socket_path, std::string_view command);

}  // namespace airtap
