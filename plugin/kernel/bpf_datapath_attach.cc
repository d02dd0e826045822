// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/bpf_datapath_attach.h"

#include <array>
#include <span>
#include <vector>

#include "kernel/tc_filters.h"

namespace airtap {
namespace {

struct Place {
  TcSide side;
  const char* program;
  std::uint32_t handle = tc_filter_handle;
};

constexpr std::array air{Place{TcSide::ingress, "from_air"}, Place{TcSide::egress, "from_host"}};
constexpr std::array bridge_port{Place{TcSide::ingress, "from_bridge"}};
constexpr std::array bridge_self{Place{TcSide::ingress, "to_bridge_self"}};
constexpr std::array tap{Place{TcSide::ingress, "from_tap"}};
constexpr std::array isolated_tap{Place{TcSide::egress, "to_tap"}};
// ingress first: without it, ipvlan's own copies would come through
constexpr std::array ipvtap{Place{TcSide::ingress, "to_ipvtap"},
                            Place{TcSide::egress, "from_ipvtap"}};
// beside those of `air`
constexpr std::array ipvlan{Place{TcSide::ingress, "restore_group", tc_second_filter_handle},
                            Place{TcSide::egress, "ask_for_broadcast", tc_second_filter_handle}};

std::span<const Place> places(Attachment attachment) {
  switch (attachment) {
    case Attachment::air:
      return air;
    case Attachment::bridge_port:
      return bridge_port;
    case Attachment::bridge_self:
      return bridge_self;
    case Attachment::tap:
      return tap;
    case Attachment::ipvtap:
      return ipvtap;
    case Attachment::ipvlan:
      return ipvlan;
  }
  return {};
}

// clsact goes when airtap brought it and nothing is left on it, of anyone. The mark goes last:
// after a crash in between, the clean-up that the record causes comes here again.
Result<> drop_clsact(const BpfPins& pins, int ifindex) {
  if (!pins.clsact_marked(ifindex)) return {};
  AIRTAP_TRY(const bool empty, clsact_is_empty(ifindex));
  if (!empty) return {};
  AIRTAP_CHECK(remove_clsact(ifindex));
  pins.unmark_clsact(ifindex);
  return {};
}

Result<> detach(const BpfPins& pins, int ifindex, std::span<const Place> all) {
  Result<> first;
  for (const auto& place : all) {
    auto result = remove_filter(ifindex, place.side, place.handle);
    if (!result && first) first = std::move(result);
  }
  auto result = drop_clsact(pins, ifindex);
  return first ? result : first;
}

// Marked first: a crash in between leaves a mark, which the clean-up takes away, and not a clsact
// that nobody knows to be ours.
Result<> ensure_clsact(const BpfPins& pins, const IfName& uplink, int ifindex) {
  AIRTAP_TRY(const bool there, has_clsact(ifindex));
  if (there) return {};
  AIRTAP_CHECK(pins.mark_clsact(uplink, ifindex));
  const auto made = add_clsact(ifindex);
  if (made && !*made) pins.unmark_clsact(ifindex);  // somebody else's since
  if (made) return {};
  static_cast<void>(drop_clsact(pins, ifindex));  // it may be there, and only the answer was lost
  return fail(made.error());
}

Result<> attach(const BpfPins& pins, const IfName& uplink, int ifindex,
                std::span<const Place> all) {
  std::vector<UniqueFd> programs;
  for (const auto& place : all) {
    AIRTAP_TRY(UniqueFd program, pins.open(uplink, place.program));
    programs.push_back(std::move(program));
  }
  AIRTAP_CHECK(ensure_clsact(pins, uplink, ifindex));
  Result<> result;
  for (std::size_t i = 0; i < all.size() && result; ++i) {
    result = add_filter(ifindex, all[i].side, all[i].handle, programs[i].get());
  }
  if (!result) static_cast<void>(detach(pins, ifindex, all));  // the first error is the one to tell
  return result;
}

}  // namespace

Result<> attach_programs(const BpfPins& pins, const IfName& uplink, int ifindex,
                         Attachment attachment) {
  return attach(pins, uplink, ifindex, places(attachment));
}

Result<> detach_programs(const BpfPins& pins, int ifindex, Attachment attachment) {
  return detach(pins, ifindex, places(attachment));
}

Result<> attach_isolation(const BpfPins& pins, const IfName& uplink, int ifindex) {
  return attach(pins, uplink, ifindex, isolated_tap);
}

Result<> detach_isolation(const BpfPins& pins, int ifindex) {
  return detach(pins, ifindex, isolated_tap);
}

}  // namespace airtap
