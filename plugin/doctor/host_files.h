// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What /etc, /proc, /sys and /usr tell about the host. Read from below `root`, so that a test can
// bring its own.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/if_name.h"

namespace airtap {

struct LibvirtDaemon {
  std::string name;
  std::int64_t pid = 0;
  /// Started when there was no hook at all for its driver, ours or another's, so it looks for none
  /// until it is reloaded (libvirt src/util/virhook.c, virHookInitialize).
  bool knows_no_hook = false;
};

struct HostFiles {
  std::string kernel_release;
  bool hook_installed = false;
  bool network_hook_installed = false;
  std::string hook_program;            ///< what the link leads to; empty if it is none
  std::vector<LibvirtDaemon> daemons;  ///< that run qemu domains or networks
  bool vhost_net = false;
  bool monitor_unit = false;  ///< airtap-monitor.path is there
  bool network_manager_runs = false;
  bool network_manager_told = false;  ///< to leave our devices alone
  /// cloned-mac-address of NetworkManager's configuration and connections, but for the values that
  /// leave the adapter's own.
  std::set<std::string> network_manager_macs;
  bool apparmor_confines_libvirt = false;
  bool apparmor_knows_ipvtap = false;  ///< QEMU's profiles include our file
  bool selinux_enforcing = false;
  bool selinux_module = false;  ///< ours is installed
  bool helper_is_setuid = false;
  /// Why the bridge helper's list does not let `airtap` be used; empty: it does.
  std::string helper_refuses;
  bool bridges_filtered = false;            ///< br_netfilter hands bridged frames to iptables
  std::string driver;                       ///< of the uplink; empty for a virtual device
  bool supplicant_runs_by_systemd = false;  ///< wpa_supplicant and systemd are there
  bool mac_was_set = false;                 ///< the uplink's MAC is not its own
};

HostFiles read_host_files(const IfName& uplink, const std::filesystem::path& root = "/");

}  // namespace airtap
