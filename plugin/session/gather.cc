// SPDX-License-Identifier: LGPL-2.1-or-later
#include "session/gather.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "plan/names.h"

namespace airtap {

namespace {

/// Kinds of link that belong to guests and containers, or cannot carry our programs as an uplink.
constexpr std::array<std::string_view, 7> never_uplink{"tun",     "ipvtap", "ipvlan", "macvtap",
                                                       "macvlan", "bridge", "dummy"};

constexpr std::string_view batman = "batadv";

bool can_be_uplink(const LinkFacts& link) {
  return link.ethernet && !link.loopback && (link.alias != "airtap" || link.kind == batman) &&
         !is_station_name(link.name) &&
         std::ranges::find(never_uplink, link.kind) == never_uplink.end();
}

/// What is part of a batman-adv mesh.
std::optional<IfName> below(const LinkFacts& mesh, const std::vector<LinkFacts>& links) {
  const auto part = std::ranges::find(links, mesh.ifindex, &LinkFacts::master);
  return part == links.end() ? std::nullopt : std::optional(part->name);
}

}  // namespace

Result<HostFacts> gather(Kernel& kernel, bool with_radios) {
  HostFacts facts;
  AIRTAP_TRY(facts.links, kernel.links.list());
  AIRTAP_TRY(const auto addresses, kernel.links.addresses());
  AIRTAP_TRY(const auto gateways, kernel.links.gateways());
  for (const LinkFacts& link : facts.links) {
    if (!can_be_uplink(link)) continue;
    UplinkFacts uplink{.link = link};
    if (const LinkFacts* master = facts.find_link(link.master);
        master != nullptr && master->kind == batman)
      uplink.batman = master->name;
    if (link.kind == batman && link.alias == "airtap")
      uplink.batman_over = below(link, facts.links);
    // Only a physical device can be wireless; asking costs a round trip each.
    if (link.kind.empty()) {
      AIRTAP_TRY(uplink.wireless, kernel.wireless.info(link.ifindex));
    }
    if (with_radios && uplink.wireless) {
      AIRTAP_TRY(uplink.combinations, kernel.wireless.combinations(link.ifindex));
    }
    std::ranges::copy_if(addresses, std::back_inserter(uplink.addresses),
                         [&](const HostAddress& a) { return a.ifindex == link.ifindex; });
    std::ranges::copy_if(gateways, std::back_inserter(uplink.gateways),
                         [&](const Gateway& g) { return g.ifindex == link.ifindex; });
    facts.uplinks.push_back(std::move(uplink));
  }
  return facts;
}

}  // namespace airtap
