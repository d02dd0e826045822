// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/neighbour_reach.h"

#include <linux/if_ether.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "datapath/shared.h"
#include "kernel/wire.h"

namespace airtap {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds ask_again_after{200};

/// Reads what has arrived; true when the answer is among it.
Result<bool> has_answer(Wire& wire, const NeighbourQuestion& question, const std::string& what) {
  bool found = false;
  AIRTAP_CHECK(wire.read(what, [&](std::span<const std::byte> frame) {
    found = found || question.answered_by(frame);
    return !found;
  }));
  return found;
}

}  // namespace

Result<> NeighbourReach::answers(int ifindex, const IpAddress& neighbour, milliseconds timeout) {
  const std::string what = "ask " + neighbour.text() + " through device " + std::to_string(ifindex);
  AIRTAP_TRY(const auto addresses, links_.addresses());
  const auto source = source_for(addresses, ifindex, neighbour);
  if (!source) return fail_errno(what, EADDRNOTAVAIL, "the host has no IPv6 address on this link");
  AIRTAP_TRY(auto wire, Wire::open(ifindex, neighbour.is_v4() ? ETH_P_ARP : ETH_P_IPV6, what));
  const NeighbourQuestion question{wire.station(), *source, neighbour};
  const auto frame = question.frame();

  const auto deadline = Clock::now() + timeout;
  auto next_question = Clock::now();
  for (;;) {
    const auto now = Clock::now();
    if (now >= next_question && now < deadline) {
      if (const int code = wire.send(frame); code != 0)
        return fail_errno(what, code, code == ENETDOWN ? "the link is down" : "");
      next_question = now + ask_again_after;
    }
    AIRTAP_TRY(const bool answered, has_answer(wire, question, what));
    if (answered) return {};
    if (now >= deadline)
      return fail_errno(what + ": no answer in " + std::to_string(timeout.count()) + " ms",
                        ETIMEDOUT);
    wire.wait(std::chrono::ceil<milliseconds>(std::min(deadline, next_question) - now));
  }
}

Result<> NeighbourReach::announce(int ifindex, const std::vector<Announcement>& announcements) {
  if (announcements.empty()) return {};
  const std::string what = "announce through device " + std::to_string(ifindex);
  AIRTAP_TRY(auto wire, Wire::open(ifindex, 0, what));
  for (const Announcement& announcement : announcements) {
    AIRTAP_CHECK(wire.mark(announcement.audience == Audience::lan ? AIRTAP_MARK_TO_AIR : 0, what));
    if (const int code = wire.send(announcement_frame(announcement)); code != 0)
      return fail_errno(what, code, code == ENETDOWN ? "the link is down" : "");
  }
  return {};
}

}  // namespace airtap
