// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace airtap {

/// All of a file, of the kernel's as well, which have no size. The error names it.
Result<std::string> read_file(const std::filesystem::path& path);

/// The same for a regular file, or one of /proc that is made in one piece (single_open): there a
/// read that comes short has come to the end, and who looks at a thousand is spared asking again.
Result<std::string> read_plain_file(const std::filesystem::path& path);

/// From where `fd` stands to the end. The error begins with `what`.
Result<std::string> read_all(int fd, std::string_view what);

/// All of `text`, or an error that begins with `what`: then part of it may have been written.
Result<> write_all(int fd, std::string_view text, std::string_view what);

}  // namespace airtap
