// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Without streams, whose locale and buffer take longer than reading the thousand small files that a
// start may have to look at.
#include "base/read_file.h"

#include <fcntl.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"

namespace airtap {

Result<std::string> read_file(const std::filesystem::path& path) {
  const auto failed = [&] { return fail_errno("cannot read " + path.string(), errno); };
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return failed();
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t length; (length = ::read(fd.get(), buffer.data(), buffer.size())) != 0;) {
    if (length > 0)
      text.append(buffer.data(), static_cast<std::size_t>(length));
    else if (errno != EINTR)
      return failed();
  }
  return text;
}

}  // namespace airtap
