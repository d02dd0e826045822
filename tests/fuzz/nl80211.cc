// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any bytes as the attributes of a reply of nl80211's: an interface, a mesh, the network it is in,
// and what its radio can be at once.
#include "kernel/nl80211.h"

#include <cstdint>
#include <cstdlib>
#include <span>

#include "kernel/interface_combinations.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto attributes = std::as_bytes(std::span(data, size));
  const auto facts = airtap::parse_interface(attributes);
  require(!facts || size >= 8);  // the type alone takes that many
  require(!airtap::parse_mesh_forwarding(attributes) || size >= 9);  // a nest and a byte
  if (const auto association = airtap::parse_association(attributes))
    require(association->ssid.size() <= 255 && size >= 20);
  // Each limit and each type has an attribute of its own.
  std::size_t parts = 0;
  for (const airtap::InterfaceCombination& combination : airtap::parse_combinations(attributes)) {
    parts += 1 + combination.limits.size();
    for (const auto& limit : combination.limits) {
      parts += limit.types.size();
      for (const auto& type : limit.types) require(!type.empty());
    }
  }
  require(parts <= size / 4);
  return 0;
}
