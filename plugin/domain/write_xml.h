// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Values as the XML that libvirt reads.
#pragma once

#include <string>

#include "model/guest_nic.h"
#include "model/network.h"

namespace airtap {

/// An <interface type='ethernet'> for a device of ours. `alias` may be empty.
std::string interface_xml(const GuestNic& nic, const std::string& alias);

/// A whole <network>. Without a uuid libvirt gives it one.
std::string network_xml(const Network& network);

}  // namespace airtap
