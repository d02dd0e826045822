// SPDX-License-Identifier: LGPL-2.1-or-later
//
// clsact and our filters on one device (net/sched/cls_bpf.c). Classic tc, not tcx: that needs 6.6.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace airtap {

enum class TcSide { ingress, egress };

/// Where our filters sit: early, because a foreign filter that answers "ok" ends the walk, while
/// ours let everything foreign go on to the next. The handle tells ours from others at one
/// priority.
inline constexpr std::uint32_t tc_filter_priority = 10;
inline constexpr std::uint32_t tc_filter_handle = 0xa17a;
/// Of a second one on the same side.
inline constexpr std::uint32_t tc_second_filter_handle = 0xa17b;

/// An error when something that is not clsact sits in its place.
Result<bool> has_clsact(int ifindex);
/// True when there was none and it was made now.
Result<bool> add_clsact(int ifindex);
/// Together with every filter on it: ask clsact_is_empty() first.
Result<> remove_clsact(int ifindex);
/// No filter of anyone on either side.
Result<bool> clsact_is_empty(int ifindex);

/// Replaces ours where there is one.
Result<> add_filter(int ifindex, TcSide side, std::uint32_t handle, int program_fd);
/// Not an error when it, clsact or the device is gone.
Result<> remove_filter(int ifindex, TcSide side, std::uint32_t handle);

}  // namespace airtap
