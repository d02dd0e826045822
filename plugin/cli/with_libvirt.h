// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Connects to the system's libvirt.
#pragma once

#include "virt/load.h"

namespace airtap {

inline Result<std::unique_ptr<Hypervisor>> connect_libvirt() {
  return open_hypervisor(AIRTAP_LIBEXECDIR "/virt.so", "qemu:///system");
}

}  // namespace airtap
