// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The independent witness: what ip, iw, tc or bpftool say after airtap has acted.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace airtap::test {

struct CommandResult {
  int status = -1;
  std::string output;  ///< stdout and stderr
};

inline CommandResult run(const std::string& command) {
  CommandResult result;
  FILE* pipe = ::popen(("timeout 20 " + command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer;
  while (const std::size_t length = std::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), length);
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

/// `ip -j -d link show dev <name>` as an object; null when there is no such link.
inline nlohmann::json ip_link(const std::string& name) {
  const auto shown = run("ip -j -d link show dev " + name);
  if (shown.status != 0) return nullptr;
  const auto list = nlohmann::json::parse(shown.output, nullptr, false);
  return list.is_array() && !list.empty() ? list.front() : nlohmann::json();
}

inline bool ip_link_has_flag(const nlohmann::json& link, const std::string& flag) {
  const auto flags = link.value("flags", nlohmann::json::array());
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

/// Descriptors that this process has open.
inline std::size_t open_fds() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace airtap::test
