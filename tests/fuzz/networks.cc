// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any bytes as a wpa_supplicant.conf: no crash, messages that repeat no value, and what a guest's
// station is given says the same as what was read, but for what it has its own of.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kernel/network_blocks.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

constexpr unsigned frequency = 2412;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto networks = airtap::parse_networks(text);
  if (!networks) {
    const std::string line = networks.error().line();
    require(line.starts_with("line ") || line.starts_with("the last '}' is missing"));
    require(line.size() < 120);
    for (const char c : line) require(static_cast<unsigned char>(c) >= 0x20);
    return 0;
  }
  const std::string given = airtap::supplicant_conf(*networks, frequency, "/run/airtap/x/control");
  const auto again = airtap::parse_networks(given);
  require(again && again->size() == networks->size());
  for (std::size_t i = 0; i < again->size(); ++i) {
    const auto& setting = (*again)[i];
    // Its own three are the last.
    require(setting.size() >= 3 && setting.back().first == "freq_list");
    require(setting.back().second == std::to_string(frequency));
    auto from = (*networks)[i].begin();
    for (std::size_t j = 0; j + 3 < setting.size(); ++j) {
      while (from != (*networks)[i].end() && *from != setting[j]) ++from;
      require(from != (*networks)[i].end());
      ++from;
    }
  }
  for (const auto& network : airtap::networks_called("airtap", *networks))
    require(!network.empty());
  return 0;
}
