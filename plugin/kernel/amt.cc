// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/amt.h"

#include <system_error>

namespace airtap {

bool shared_with_amt(const std::string& device, const std::filesystem::path& sysfs) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path driver = fs::read_symlink(sysfs / "class/net" / device / "device/driver", error);
  if (error || driver.filename() != "iwlwifi") return false;
  // Beside its devices, a driver's folder has only files and the link to its module.
  fs::directory_iterator entries(sysfs / "bus/mei/drivers/iwlmei", error);
  while (!error && entries != fs::directory_iterator()) {
    if (entries->is_symlink(error) && entries->path().filename() != "module") return true;
    entries.increment(error);
  }
  return false;
}

}  // namespace airtap
