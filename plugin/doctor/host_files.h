// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What /etc, /proc, /sys and /usr tell about the host. Read from below `root`, so that a test can
// bring its own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/if_name.h"

namespace airtap {

struct LibvirtDaemon {
  std::string name;
  std::int64_t pid = 0;
  /// Started before the hook was installed, so it has not seen it unless it was reloaded.
  bool older_than_hook = false;
};

struct HostFiles {
  std::string kernel_release;
  bool hook_installed = false;
  std::vector<LibvirtDaemon> daemons;  ///< that run qemu domains
  bool vhost_net = false;
  bool monitor_unit = false;  ///< airtap-monitor.path is there
  bool network_manager_runs = false;
  bool network_manager_told = false;  ///< to leave our devices alone
  bool apparmor_confines_libvirt = false;
  bool selinux_enforcing = false;
  std::string driver;        ///< of the uplink; empty for a virtual device
  bool mac_was_set = false;  ///< the uplink's MAC is not its own
};

HostFiles read_host_files(const IfName& uplink, const std::filesystem::path& root = "/");

}  // namespace airtap
