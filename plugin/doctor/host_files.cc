// SPDX-License-Identifier: LGPL-2.1-or-later
#include "doctor/host_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

namespace airtap {

namespace fs = std::filesystem;

namespace {

constexpr const char* hook = "etc/libvirt/hooks/qemu.d/50-airtap";

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool any_exists(const fs::path& root, std::initializer_list<const char*> candidates) {
  std::error_code ignored;
  for (const char* candidate : candidates)
    if (fs::exists(root / candidate, ignored)) return true;
  return false;
}

std::optional<timespec> changed_at(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info.st_ctim;
}

/// The directory of a process in /proc is as old as the process.
bool is_older(const fs::path& process, const fs::path& file) {
  const auto started = changed_at(process);
  const auto made = changed_at(file);
  return started && made && started->tv_sec < made->tv_sec;
}

struct Process {
  std::int64_t pid;
  std::string name;
};

std::vector<Process> processes(const fs::path& proc) {
  std::vector<Process> found;
  std::error_code ignored;
  for (fs::directory_iterator it(proc, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    const std::string text = it->path().filename().string();
    if (text.find_first_not_of("0123456789") != std::string::npos) continue;
    found.push_back({std::stoll(text), read(it->path() / "comm")});
  }
  return found;
}

/// man 7 apparmor: "name (mode)" a line.
bool confines_libvirt(const std::string& profiles) {
  for (const std::string_view name : {"libvirtd (enforce)", "virtqemud (enforce)"})
    if (profiles.find(name) != std::string::npos) return true;
  return false;
}

}  // namespace

HostFiles read_host_files(const IfName& uplink, const fs::path& root) {
  HostFiles files;
  files.kernel_release = read(root / "proc/sys/kernel/osrelease");
  // The link's target counts: a symlink to nothing is no hook.
  files.hook_installed = ::access((root / hook).c_str(), X_OK) == 0;
  for (const Process& process : processes(root / "proc")) {
    if (process.name == "libvirtd" || process.name == "virtqemud")
      files.daemons.push_back({process.name, process.pid,
                               is_older(root / "proc" / std::to_string(process.pid), root / hook)});
    files.network_manager_runs = files.network_manager_runs || process.name == "NetworkManager";
  }
  files.vhost_net = any_exists(root, {"dev/vhost-net"});
  files.monitor_unit = any_exists(
      root, {"usr/lib/systemd/system/airtap-monitor.path", "lib/systemd/system/airtap-monitor.path",
             "etc/systemd/system/airtap-monitor.path"});
  files.network_manager_told = any_exists(root, {"usr/lib/NetworkManager/conf.d/50-airtap.conf",
                                                 "etc/NetworkManager/conf.d/50-airtap.conf"});
  files.apparmor_confines_libvirt =
      confines_libvirt(read(root / "sys/kernel/security/apparmor/profiles"));
  files.selinux_enforcing = read(root / "sys/fs/selinux/enforce") == "1";
  const fs::path device = root / "sys/class/net" / uplink.text();
  std::error_code ignored;
  files.driver = fs::read_symlink(device / "device/driver", ignored).filename().string();
  // include/uapi/linux/netdevice.h: NET_ADDR_SET is 3.
  files.mac_was_set = read(device / "addr_assign_type") == "3";
  return files;
}

}  // namespace airtap
