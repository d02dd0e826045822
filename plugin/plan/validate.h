// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What cannot work whatever the mode, told before anything is touched.
#pragma once

#include "config/config.h"
#include "model/guest_nic.h"
#include "model/uplink_facts.h"

namespace airtap {

/// Requests that libvirt would carry out on a device where they break (plugin/domain/README.md).
Result<> check_request(const GuestNic& nic, const Config& config);
/// The target's name; `must_be_free`: the device is about to be made by us.
Result<IfName> check_target(const GuestNic& nic, const HostFacts& facts, bool must_be_free);
/// Connected, and able to carry this NIC's MAC and MTU.
Result<> check_uplink(const GuestNic& nic, const UplinkFacts& uplink);
/// Two NICs of one domain must differ in target and MAC.
Result<> check_distinct(const Domain& domain);

}  // namespace airtap
