// SPDX-License-Identifier: LGPL-2.1-or-later
#include "doctor/examine.h"

#include <algorithm>

#include "apply/four_addr.h"
#include "session/gather.h"

namespace airtap {

namespace {

constexpr std::chrono::milliseconds answer_timeout{2000};

std::string names_of(const HostFacts& host) {
  std::string names;
  for (const UplinkFacts& uplink : host.uplinks)
    names += (names.empty() ? "" : ", ") + uplink.link.name.text();
  return names.empty() ? "none" : names;
}

/// What the plan would choose.
Result<IfName> choose_uplink(const HostFacts& host, const Config& config,
                             const std::string& wanted) {
  if (!wanted.empty()) {
    if (const UplinkFacts* uplink = host.find_uplink(wanted)) return uplink->link.name;
    return fail(wanted + " is no uplink", "there are: " + names_of(host), ENODEV);
  }
  const auto plan = plan_trial(host, config, {}, std::nullopt);
  if (plan) return plan->nics.front().uplink;
  // An uplink that cannot carry a guest now is still one to look at.
  if (host.uplinks.size() == 1) return host.uplinks.front().link.name;
  return fail(plan.error().with_hint("say which: airtap doctor --uplink NAME; there are: " +
                                     names_of(host)));
}

const Gateway* gateway_of(const UplinkFacts& uplink) {
  const auto v4 =
      std::ranges::find_if(uplink.gateways, [](const Gateway& g) { return g.address.is_v4(); });
  return v4 == uplink.gateways.end() ? nullptr : &*v4;
}

void probe_four_addr(Kernel& kernel, const UplinkFacts& uplink, const Gateway& gateway,
                     AirFacts& air) {
  if (!uplink.wireless || uplink.wireless->type != WirelessType::station) {
    air.four_addr_note = "no Wi-Fi station";
    return;
  }
  const int ifindex = uplink.link.ifindex;
  if (uplink.wireless->four_addr) {
    air.four_addr_carried = air.gateway_answers;
    return;
  }
  if (auto on = kernel.wireless.set_four_addr(ifindex, true); !on) {
    air.four_addr_note = on.error().line();
    return;
  }
  air.four_addr_carried =
      kernel.reach.answers(ifindex, gateway.address, answer_timeout).has_value();
  if (auto off = leave_four_addr(kernel, uplink.link); !off) air.failed = off.error();
}

AirFacts probe(Kernel& kernel, const UplinkFacts& uplink) {
  AirFacts air;
  const Gateway* gateway = gateway_of(uplink);
  if (gateway == nullptr) {
    air.failed = Error("no IPv4 gateway is known on " + uplink.link.name.text(),
                       "give the host its address and default route first");
    return air;
  }
  air.gateway_answers =
      kernel.reach.answers(uplink.link.ifindex, gateway->address, answer_timeout).has_value();
  auto lan = probe_lan(kernel.links, uplink.link.ifindex, gateway->address);
  if (!lan) {
    air.failed = lan.error();
    return air;
  }
  air.lan = *lan;
  // Last, because the way back may need a new association.
  probe_four_addr(kernel, uplink, *gateway, air);
  return air;
}

}  // namespace

Result<DoctorFacts> examine(Kernel kernel, const Config& config, const DoctorRequest& request) {
  DoctorFacts facts;
  AIRTAP_TRY(facts.host, gather(kernel));
  AIRTAP_TRY(facts.uplink, choose_uplink(facts.host, config, request.uplink));
  facts.files = read_host_files(facts.uplink);
  if (auto tried = try_features())
    facts.features = std::move(*tried);
  else
    facts.trial_error = tried.error().what();
  const UplinkFacts& uplink = *facts.host.find_uplink(facts.uplink.text());
  if (uplink.wireless)
    if (auto combinations = kernel.wireless.combinations(uplink.link.ifindex))
      facts.combinations = *std::move(combinations);
  if (uplink.wireless && uplink.wireless->type == WirelessType::station)
    if (const auto can = kernel.wireless.can_four_addr(uplink.link.ifindex))
      facts.driver_does_four_addr = *can;
  if (request.probe) facts.air = probe(kernel, uplink);
  return facts;
}

}  // namespace airtap
