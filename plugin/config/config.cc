// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/config.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/unique_fd.h"

namespace airtap {

namespace fs = std::filesystem;

namespace {

/// Nothing where there is no such file: the usual case, and the cheapest.
Result<std::optional<std::string>> read_file(const fs::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    if (errno == ENOENT) return std::nullopt;
    return fail_errno(path.string(), errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno(path.string(), errno);
  if (!S_ISREG(status.st_mode)) return fail(path.string() + ": it is not a regular file");
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(path.string(), errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_config_file)
      return fail(fmt::format("{}: it has more than {} bytes", path.string(), max_config_file));
  }
}

Result<std::vector<fs::path>> fragments(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator at(directory, error);
  if (error == std::errc::no_such_file_or_directory) return {};
  std::vector<fs::path> found;
  for (; !error && at != fs::directory_iterator(); at.increment(error))
    if (at->path().extension() == ".toml") found.push_back(at->path());
  if (error) return fail_errno(directory.string(), error.value());
  std::ranges::sort(found);
  return found;
}

Result<> read_on_top(const fs::path& path, Config& config) {
  AIRTAP_TRY(const auto text, read_file(path));
  if (!text) return {};
  AIRTAP_TRY(config, parse_config(*text, path.string(), std::move(config)));
  return {};
}

}  // namespace

Result<Config> load_config(const fs::path& etc_dir) {
  Config config;
  AIRTAP_CHECK(read_on_top(etc_dir / "airtap.toml", config));
  AIRTAP_TRY(const auto paths, fragments(etc_dir / "airtap.d"));
  for (const fs::path& path : paths) AIRTAP_CHECK(read_on_top(path, config));
  return config;
}

}  // namespace airtap
