// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace airtap::bench {

/// What a device of the calling thread's namespace sends belongs to nobody from here on, like a
/// frame that a radio received. Over a veth pair it would go on counting against the sender's
/// socket until the guest has read it, and a TAP ends that sooner than an ipvtap (`skb_orphan` in
/// drivers/net/tun.c): sender and guest's queue would slow each other down as nothing does across
/// a real air. Throws with the reason.
void disown_sent_frames(const std::string& device);

}  // namespace airtap::bench
