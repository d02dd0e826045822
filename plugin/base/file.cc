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

Result<std::string> read_file(const std::filesystem::path& path) {
  const std::string what = "cannot read " + path.string();
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno(what, errno);
  return read_all(fd.get(), what);
}

Result<std::string> read_all(int fd, std::string_view what) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t length; (length = ::read(fd, buffer.data(), buffer.size())) != 0;) {
    if (length > 0)
      text.append(buffer.data(), static_cast<std::size_t>(length));
    else if (errno != EINTR)
      return fail_errno(std::string(what), errno);
  }
  return text;
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
