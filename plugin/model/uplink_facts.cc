// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/uplink_facts.h"

#include <algorithm>

namespace airtap {

const LinkFacts* HostFacts::find_link(std::string_view name) const {
  const auto found =
      std::ranges::find(links, name, [](const LinkFacts& l) { return l.name.text(); });
  return found == links.end() ? nullptr : &*found;
}

const LinkFacts* HostFacts::find_link(int ifindex) const {
  const auto found = std::ranges::find(links, ifindex, &LinkFacts::ifindex);
  return found == links.end() ? nullptr : &*found;
}

const UplinkFacts* HostFacts::find_uplink(std::string_view name) const {
  const auto found =
      std::ranges::find(uplinks, name, [](const UplinkFacts& u) { return u.link.name.text(); });
  return found == uplinks.end() ? nullptr : &*found;
}

}  // namespace airtap
