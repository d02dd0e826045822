// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/four_addr.h"

#include <algorithm>
#include <thread>

#include "base/log.h"

namespace airtap {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds answer_timeout{1000};
/// Whoever does not wait has to be done within a second. An answer that comes too late for it costs
/// the host a new association, no more.
constexpr milliseconds hasty_answer_timeout{200};
constexpr milliseconds between_tries{50};

std::optional<IpAddress> gateway_of(const std::vector<Gateway>& gateways, int ifindex) {
  std::optional<IpAddress> chosen;
  for (const Gateway& gateway : gateways)
    if (gateway.ifindex == ifindex && (!chosen || (gateway.address.is_v4() && !chosen->is_v4())))
      chosen = gateway.address;
  return chosen;
}

}  // namespace

Result<> leave_four_addr(Kernel& kernel, const LinkFacts& uplink, milliseconds patience) {
  // Known before, because a new association may take the routes away for a moment.
  AIRTAP_TRY(const auto gateways, kernel.links.gateways());
  AIRTAP_CHECK(kernel.wireless.set_four_addr(uplink.ifindex, false));
  const auto gateway = gateway_of(gateways, uplink.ifindex);
  const bool waits = patience > milliseconds::zero();
  if (!gateway ||
      kernel.reach.answers(uplink.ifindex, *gateway, waits ? answer_timeout : hasty_answer_timeout))
    return {};

  if (auto asked = kernel.wireless.reassociate(uplink.name); !asked) {
    log::warning(uplink.name.text() +
                 ": 4-address frames stay on until the next association: " + asked.error().line());
    return kernel.wireless.set_four_addr(uplink.ifindex, true);
  }
  if (!waits) return {};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // While the link is down there is nothing to ask through, which is an error at once.
  while (std::chrono::steady_clock::now() < deadline) {
    if (kernel.reach.answers(uplink.ifindex, *gateway, answer_timeout)) return {};
    std::this_thread::sleep_for(between_tries);
  }
  return fail(uplink.name.text() + ": the gateway is silent after 4-address frames were turned off",
              "join the Wi-Fi network again");
}

}  // namespace airtap
