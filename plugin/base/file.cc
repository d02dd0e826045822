// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Without streams, whose locale and buffer take longer than reading the thousand small files that a
// start may have to look at.
#include "base/file.h"

#include <fcntl.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"

namespace airtap {

namespace {

enum class End { nothing_comes, read_comes_short };

Result<std::string> read_until(End end, int fd, std::string_view what) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t length; (length = ::read(fd, buffer.data(), buffer.size())) != 0;) {
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return fail_errno(std::string(what), errno);
    const auto read = static_cast<std::size_t>(length);
    text.append(buffer.data(), read);
    if (end == End::read_comes_short && read < buffer.size()) break;
  }
  return text;
}

Result<std::string> read_file_until(End end, const std::filesystem::path& path) {
  const std::string what = "cannot read " + path.string();
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno(what, errno);
  return read_until(end, fd.get(), what);
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
  return read_file_until(End::nothing_comes, path);
}

Result<std::string> read_plain_file(const std::filesystem::path& path) {
  return read_file_until(End::read_comes_short, path);
}

Result<std::string> read_all(int fd, std::string_view what) {
  return read_until(End::nothing_comes, fd, what);
}

Result<> write_all(int fd, std::string_view text, std::string_view what) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(std::string(what), errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace airtap
