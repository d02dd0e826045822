// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The BPF object, compiled into this library: checked by the kernel, then pinned.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace airtap {

/// Loads every program and pins programs and maps into `directory`, which is empty.
Result<> load_bpf_objects(const std::filesystem::path& directory);

}  // namespace airtap
