// SPDX-License-Identifier: LGPL-2.1-or-later
//
// libvirt runs no hook when a hot-plugged NIC of a network has got its TAP, and the hook that it
// does run, before, is waited for. So somebody has to look again a moment later.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "model/guest_nic.h"

namespace airtap {

/// Looks into the domain's status file until it names the TAP of that port; nothing when `wanted`
/// has become false or time is up. libvirt replaces the file when the hotplug is complete, with
/// everything that is to be known of the NIC.
std::optional<PortTap> await_tap(const std::filesystem::path& status, const std::string& port,
                                 const std::function<bool()>& wanted,
                                 std::chrono::milliseconds timeout);

/// Runs `work` in a process that libvirt does not wait for.
void later(const std::function<void()>& work);

}  // namespace airtap
