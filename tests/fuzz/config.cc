// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any bytes as airtap.toml: no crash, and values within their limits.
#include "config/config.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = airtap::parse_config(text, "airtap.toml");
  if (!config) {
    require(config.error().what().starts_with("airtap.toml, line "));
    return 0;
  }
  require(config->addresses >= 1 && config->addresses <= 64);
  require(!config->uplink || (!config->uplink->empty() && config->uplink->size() <= 15));
  for (const auto& pattern : config->claim) require(!pattern.empty());
  return 0;
}
