// SPDX-License-Identifier: LGPL-2.1-or-later
#include "doctor/host_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string_view>

#include "base/file.h"
#include "config/bridge_acl.h"

namespace airtap {

namespace fs = std::filesystem;

namespace {

constexpr const char* hook = "etc/libvirt/hooks/qemu.d/50-airtap";
constexpr const char* network_hook = "etc/libvirt/hooks/network.d/50-airtap";
constexpr const char* helper = "usr/sbin/airtap-bridge-helper";

std::string read(const fs::path& path) {
  std::string text = read_file(path).value_or("");
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

std::vector<fs::path> entries(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (fs::directory_iterator it(directory, ignored), end; !ignored && it != end;
       it.increment(ignored))
    found.push_back(it->path());
  return found;
}

/// Every hook of the driver is younger than the process.
bool knows_no_hook(const fs::path& process, const fs::path& hooks, const std::string& driver) {
  std::vector<fs::path> candidates = entries(hooks / (driver + ".d"));
  candidates.push_back(hooks / driver);
  for (const fs::path& candidate : candidates)
    if (::access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate) &&
        !is_older(process, candidate))
      return false;
  return true;
}

struct Process {
  std::int64_t pid;
  std::string name;
};

std::vector<Process> processes(const fs::path& proc) {
  std::vector<Process> found;
  for (const fs::path& entry : entries(proc)) {
    const std::string text = entry.filename().string();
    if (text.find_first_not_of("0123456789") != std::string::npos) continue;
    found.push_back({std::stoll(text), read(entry / "comm")});
  }
  return found;
}

/// NetworkManager.conf(5): `wifi.cloned-mac-address` in a [connection] section;
/// nm-settings-keyfile(5): `cloned-mac-address` of one connection.
void add_macs(const fs::path& file, std::set<std::string>& values) {
  std::istringstream lines(read(file));
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    std::string key = line.substr(0, equals);
    std::string value = line.substr(equals + 1);
    std::erase_if(key, [](char c) { return c == ' ' || c == '\t'; });
    std::erase_if(value, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
    if (key != "cloned-mac-address" && key != "wifi.cloned-mac-address" &&
        key != "ethernet.cloned-mac-address")
      continue;
    if (!value.empty() && value != "preserve" && value != "permanent") values.insert(value);
  }
}

std::set<std::string> network_manager_macs(const fs::path& root) {
  std::set<std::string> values;
  add_macs(root / "etc/NetworkManager/NetworkManager.conf", values);
  for (const char* directory :
       {"usr/lib/NetworkManager/conf.d", "run/NetworkManager/conf.d", "etc/NetworkManager/conf.d",
        "etc/NetworkManager/system-connections", "run/NetworkManager/system-connections"})
    for (const fs::path& file : entries(root / directory)) add_macs(file, values);
  return values;
}

/// man 7 apparmor: "name (mode)" a line.
bool confines_libvirt(const std::string& profiles) {
  for (const std::string_view name : {"libvirtd (enforce)", "virtqemud (enforce)"})
    if (profiles.find(name) != std::string::npos) return true;
  return false;
}

/// As packaging/debian/airtap.postinst arranges it.
bool apparmor_knows_ipvtap(const fs::path& root) {
  for (const char* file : {"abstractions/libvirt-qemu", "local/abstractions/libvirt-qemu"})
    if (read(root / "etc/apparmor.d" / file).find("libvirt-qemu.d") != std::string::npos)
      return any_exists(root, {"etc/apparmor.d/abstractions/libvirt-qemu.d/airtap"});
  return false;
}

bool has_selinux_module(const fs::path& root) {
  for (const fs::path& priority : entries(root / "var/lib/selinux/targeted/active/modules"))
    if (any_exists(priority, {"airtap"})) return true;
  return false;
}

void read_helper(const fs::path& root, HostFiles& files) {
  struct stat info {};
  files.helper_is_setuid =
      ::stat((root / helper).c_str(), &info) == 0 && (info.st_mode & S_ISUID) != 0;
  if (const auto allowed = check_acl(root / "etc/qemu/bridge.conf", "airtap"); !allowed)
    files.helper_refuses = allowed.error().what();
}

void read_confinement(const fs::path& root, HostFiles& files) {
  files.apparmor_confines_libvirt =
      confines_libvirt(read(root / "sys/kernel/security/apparmor/profiles"));
  files.apparmor_knows_ipvtap = apparmor_knows_ipvtap(root);
  files.selinux_enforcing = read(root / "sys/fs/selinux/enforce") == "1";
  files.selinux_module = has_selinux_module(root);
}

}  // namespace

HostFiles read_host_files(const IfName& uplink, const fs::path& root) {
  HostFiles files;
  files.kernel_release = read(root / "proc/sys/kernel/osrelease");
  // The link's target counts: a symlink to nothing is no hook.
  files.hook_installed = ::access((root / hook).c_str(), X_OK) == 0;
  files.network_hook_installed = ::access((root / network_hook).c_str(), X_OK) == 0;
  std::error_code ignored;
  files.hook_program = fs::read_symlink(root / hook, ignored).string();
  for (const Process& process : processes(root / "proc")) {
    const bool networks = process.name == "virtnetworkd";
    if (networks || process.name == "libvirtd" || process.name == "virtqemud")
      files.daemons.push_back(
          {process.name, process.pid,
           knows_no_hook(root / "proc" / std::to_string(process.pid), root / "etc/libvirt/hooks",
                         networks ? "network" : "qemu")});
    files.network_manager_runs = files.network_manager_runs || process.name == "NetworkManager";
  }
  files.vhost_net = any_exists(root, {"dev/vhost-net"});
  files.monitor_unit = any_exists(
      root, {"usr/lib/systemd/system/airtap-monitor.path", "lib/systemd/system/airtap-monitor.path",
             "etc/systemd/system/airtap-monitor.path"});
  files.network_manager_told = any_exists(root, {"usr/lib/NetworkManager/conf.d/50-airtap.conf",
                                                 "etc/NetworkManager/conf.d/50-airtap.conf"});
  files.network_manager_macs = network_manager_macs(root);
  read_confinement(root, files);
  read_helper(root, files);
  files.bridges_filtered = read(root / "proc/sys/net/bridge/bridge-nf-call-iptables") == "1";
  files.supplicant_runs_by_systemd =
      any_exists(root, {"run/systemd/system"}) &&
      any_exists(root, {"usr/sbin/wpa_supplicant", "usr/bin/wpa_supplicant"});
  const fs::path device = root / "sys/class/net" / uplink.text();
  files.driver = fs::read_symlink(device / "device/driver", ignored).filename().string();
  // include/uapi/linux/netdevice.h: NET_ADDR_SET is 3.
  files.mac_was_set = read(device / "addr_assign_type") == "3";
  return files;
}

}  // namespace airtap
