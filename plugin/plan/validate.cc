// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/validate.h"

#include <fmt/format.h>

#include "plan/names.h"

namespace airtap {

namespace {
constexpr unsigned max_queues = 256;  // MAX_TAP_QUEUES, include/linux/if_tap.h
constexpr unsigned min_mtu = 68;      // ETH_MIN_MTU
}  // namespace

Result<> check_request(const GuestNic& nic, const Config& config) {
  if (nic.has_source_ip)
    return fail("<source><ip> makes libvirt fail every resume of the domain", "remove it");
  if (nic.has_bandwidth && nic.bridge.empty())
    return fail("<bandwidth> needs the ingress hook that airtap's programs use",
                "remove it, or put the guest on a network of airtap's");
  if (nic.isolate && (nic.has_filterref || nic.has_bandwidth) && !nic.port_isolated)
    return fail(fmt::format("with {} its frames pass over the bridge, where isolate has no effect",
                            nic.has_filterref ? "<filterref>" : "<bandwidth>"),
                "remove one of the two, or add <port isolated='yes'/>");
  if (nic.allow_server && !config.allow_server)
    return fail("allow-server is not allowed by the configuration",
                "set server = true under [allow] in airtap.toml");
  if (nic.mac.is_group() || (nic.mac.is_zero() && !nic.anonymous && !nic.moves_away))
    return fail(fmt::format("{} cannot be a guest's MAC", nic.mac.text()),
                "use one that starts with 52:54:00");
  if (nic.queues == 0 || nic.queues > max_queues)
    return fail(fmt::format("queues='{}' is out of range", nic.queues), "use 1 to 256");
  return {};
}

Result<IfName> check_target(const GuestNic& nic, const HostFacts& facts, bool must_be_free) {
  if (nic.target.empty()) {
    if (nic.device_is_ours)
      return fail("the interface has no <target dev>",
                  "write <target dev='airtap0' managed='no'/>");
    return IfName{};  // libvirt names it between prepare and start
  }
  auto name = IfName::parse(nic.target);
  if (!name) return fail(name.error().within("target"));
  if (is_reserved(*name))
    return fail(fmt::format("target {} is a name that airtap uses itself", nic.target),
                "call it airtap0, airtap1, …");
  if (const LinkFacts* taken = facts.find_link(nic.target); taken != nullptr && must_be_free)
    return fail(
        fmt::format("target {} exists already{}", nic.target,
                    taken->kind.empty() ? "" : " (a " + taken->kind + ")"),
        taken->alias == "airtap"
            ? fmt::format("choose another name, or take it away: airtap down {}", nic.target)
            : "choose another name in <target dev>");
  return name;
}

Result<> check_uplink(const GuestNic& nic, const UplinkFacts& uplink) {
  const LinkFacts& link = uplink.link;
  if (!link.up || !link.carrier)
    return fail(fmt::format("{} is not connected", link.name.text()),
                uplink.wireless ? "join the Wi-Fi network first" : "plug in the cable first");
  if (nic.mac == link.mac)
    return fail(fmt::format("the guest has the MAC of {} itself", link.name.text()),
                "give it one of its own, starting with 52:54:00");
  if (nic.mtu && (*nic.mtu < min_mtu || *nic.mtu > link.mtu))
    return fail(fmt::format("mtu {} does not fit {}", *nic.mtu, link.name.text()),
                fmt::format("use {} to {}", min_mtu, link.mtu));
  return {};
}

Result<> check_distinct(const Domain& domain) {
  for (std::size_t i = 0; i < domain.nics.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const GuestNic& a = domain.nics[i];
      const GuestNic& b = domain.nics[j];
      if (!a.target.empty() && a.target == b.target)
        return fail(fmt::format("{}: target {} is also that of {}", a.label, a.target, b.label),
                    "give each interface a target of its own");
      if (a.mac == b.mac && !a.anonymous && !a.moves_away)
        return fail(fmt::format("{}: MAC {} is also that of {}", a.label, a.mac.text(), b.label),
                    "give each interface a MAC of its own");
    }
  }
  return {};
}

}  // namespace airtap
