// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace airtap {

/// All of a file, of the kernel's as well, which have no size. The error names it.
Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace airtap
