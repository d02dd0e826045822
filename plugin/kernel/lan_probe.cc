// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/lan_probe.h"

#include <linux/if_ether.h>

#include <cerrno>
#include <random>
#include <string>

#include "datapath/shared.h"
#include "kernel/neighbour_reach.h"
#include "kernel/wire.h"

namespace airtap {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds listen_for{3000};
constexpr milliseconds ask_again_after{700};

/// A MAC of nobody: random, locally administered (IEEE 802, 8.2).
MacAddress nobodys_mac(std::random_device& random) {
  MacAddress mac;
  for (auto& byte : mac.bytes) byte = static_cast<std::uint8_t>(random());
  mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xfc) | 2);
  return mac;
}

int ask(Wire& wire, const LanQuestion& question, const std::optional<IpAddress>& link_local,
        const LanAnswers& answers) {
  int code = wire.send(question.ask_for_host());
  if (code == 0 && !answers.offered) code = wire.send(question.discover());
  if (code == 0 && answers.offered) code = wire.send(question.ask_gateway_from(*answers.offered));
  if (code == 0 && link_local) code = wire.send(question.solicit_router(*link_local));
  return code;
}

}  // namespace

Result<LanAnswers> probe_lan(Links& links, int ifindex, const IpAddress& gateway) {
  const std::string what = "probe through device " + std::to_string(ifindex);
  if (!gateway.is_v4()) return fail_errno(what + ": no IPv4 gateway", EAFNOSUPPORT);
  AIRTAP_TRY(const auto addresses, links.addresses());
  AIRTAP_TRY(auto wire, Wire::open(ifindex, ETH_P_ALL, what));
  // Guests behind the datapath need not hear of it.
  AIRTAP_CHECK(wire.mark(AIRTAP_MARK_TO_AIR, what));
  std::random_device random;
  const LanQuestion question{.station = wire.station(),
                             .client = nobodys_mac(random),
                             .xid = random(),
                             .host = source_for(addresses, ifindex, gateway).value(),
                             .gateway = gateway};
  constexpr IpAddress any_link_local{{0xfe, 0x80}};
  const auto link_local = source_for(addresses, ifindex, any_link_local);

  LanAnswers answers;
  const auto end = Clock::now() + listen_for;
  auto next_question = Clock::now();
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    const bool offered = answers.offered.has_value();
    if (now >= next_question) {
      if (const int code = ask(wire, question, link_local, answers); code != 0)
        return fail_errno(what, code, code == ENETDOWN ? "the link is down" : "");
      next_question = now + ask_again_after;
    }
    AIRTAP_CHECK(wire.read(what, [&](std::span<const std::byte> frame) {
      hear(question, frame, answers);
      return true;
    }));
    // Now that there is an address to ask with, ask at once.
    if (!offered && answers.offered) next_question = now;
    wire.wait(std::chrono::ceil<milliseconds>(std::min(end, next_question) - now));
  }
  if (answers.offered && !answers.second_address_answered) answers.second_address_answered = false;
  return answers;
}

}  // namespace airtap
