// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vhost-net between a guest and its TAP: the kernel moves the frames, as with QEMU's vhost=on.
#pragma once

#include "bench/nic.h"

namespace airtap::bench {

/// Takes over the TAP, whose node it must be. Throws with the reason where there is no vhost-net.
std::unique_ptr<Nic> over_vhost(std::unique_ptr<Nic> tap);

}  // namespace airtap::bench
