// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/reserve.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace airtap {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_looks{20};

/// Kinds that lead to guests and containers: thousands perhaps, and none is of the uplink's LAN.
bool is_of_the_host(const LinkFacts& link) {
  return link.ethernet && !link.loopback && !link.mac.is_zero() && link.alias != "airtap" &&
         link.kind != "tun" && link.kind != "veth" && link.kind != "ipvtap" &&
         link.kind != "macvtap";
}

/// Moves the addresses whose MAC is known from `wanted` to `macs`.
Result<> collect_known(Kernel& kernel, int ifindex, std::vector<IpAddress>& wanted,
                       std::vector<MacAddress>& macs) {
  AIRTAP_TRY(const auto neighbours, kernel.links.neighbours());
  for (const Neighbour& neighbour : neighbours) {
    const auto found = std::ranges::find(wanted, neighbour.address);
    if (neighbour.ifindex != ifindex || found == wanted.end()) continue;
    macs.push_back(neighbour.mac);
    wanted.erase(found);
  }
  return {};
}

Result<> collect_gateways(Kernel& kernel, const LinkFacts& uplink, milliseconds timeout,
                          std::vector<MacAddress>& macs) {
  std::vector<IpAddress> wanted;
  AIRTAP_TRY(const auto gateways, kernel.links.gateways());
  for (const Gateway& gateway : gateways)
    if (gateway.ifindex == uplink.ifindex &&
        std::ranges::find(wanted, gateway.address) == wanted.end())
      wanted.push_back(gateway.address);
  if (wanted.empty()) return {};
  const std::size_t all = wanted.size();
  const IpAddress first = wanted.front();
  AIRTAP_CHECK(collect_known(kernel, uplink.ifindex, wanted, macs));
  for (const IpAddress& gateway : wanted)
    AIRTAP_CHECK(kernel.links.solicit(uplink.ifindex, gateway));
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!wanted.empty() && std::chrono::steady_clock::now() < deadline) {
    AIRTAP_CHECK(collect_known(kernel, uplink.ifindex, wanted, macs));
    if (!wanted.empty()) std::this_thread::sleep_for(between_looks);
  }
  // A router of the other family that has gone keeps its route for half an hour.
  if (wanted.size() < all) return {};
  return fail("gateway " + first.text() + " does not answer on " + uplink.name.text() +
                  ", so its MAC could not be kept from the guest",
              "connect the host first");
}

}  // namespace

Result<> reserve_macs(Kernel& kernel, const IfName& uplink, milliseconds timeout) {
  AIRTAP_TRY(const LinkFacts link, kernel.links.find(uplink));
  std::vector<MacAddress> macs;
  AIRTAP_CHECK(collect_gateways(kernel, link, timeout, macs));
  AIRTAP_TRY(const auto links, kernel.links.list());
  for (const LinkFacts& other : links)
    if (is_of_the_host(other)) macs.push_back(other.mac);
  return kernel.datapath.reserve(uplink, macs);
}

}  // namespace airtap
