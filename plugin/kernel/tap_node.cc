// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/tap_node.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <fstream>
#include <optional>
#include <string_view>
#include <thread>

namespace airtap {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds give_up_after{2000};
constexpr milliseconds make_it_after{256};

std::string node_name(int ifindex) { return "tap" + std::to_string(ifindex); }

/// Device number by sysfs, which may be absent or of another network namespace.
std::optional<dev_t> wanted_number(const IfName& name, int ifindex) {
  std::ifstream file("/sys/class/net/" + name.text() + "/" + node_name(ifindex) + "/dev");
  unsigned major_number = 0;
  unsigned minor_number = 0;
  char colon = 0;
  if (!(file >> major_number >> colon >> minor_number) || colon != ':') return std::nullopt;
  return makedev(major_number, minor_number);
}

std::optional<dev_t> found_number(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) return std::nullopt;
  return status.st_rdev;
}

/// A node that nobody stands behind any more, or a device of another name: left over from a /dev
/// that nobody tidies. The link in /sys/dev/char is there for devices of every namespace.
bool is_stale(dev_t number, int ifindex) {
  const std::string link =
      "/sys/dev/char/" + std::to_string(major(number)) + ":" + std::to_string(minor(number));
  char buffer[PATH_MAX];
  const ssize_t length = ::readlink(link.c_str(), buffer, sizeof buffer);
  if (length < 0) return errno == ENOENT;
  const std::string_view target(buffer, static_cast<std::size_t>(length));
  return !target.ends_with("/" + node_name(ifindex));
}

}  // namespace

std::string tap_node_path(int ifindex) { return "/dev/" + node_name(ifindex); }

Result<> ensure_tap_node(const IfName& name, int ifindex) {
  const std::string path = tap_node_path(ifindex);
  const std::string what = "device node " + path + " of " + name.text();
  const auto wanted = wanted_number(name, ifindex);
  int make_error = 0;
  milliseconds waited{0};
  for (milliseconds step{1}; waited < give_up_after; waited += step, step *= 2) {
    if (const auto found = found_number(path)) {
      if (!wanted || *found == *wanted) return {};
      if (!is_stale(*found, ifindex) || ::unlink(path.c_str()) != 0)
        return fail_errno(what + " belongs to another device", EEXIST,
                          "another network namespace has an ipvtap or macvtap of the same ifindex");
    }
    if (wanted && waited >= make_it_after) {
      if (::mknod(path.c_str(), S_IFCHR | S_IRUSR | S_IWUSR, *wanted) == 0) return {};
      make_error = errno;
    }
    std::this_thread::sleep_for(step);
  }
  if (make_error != 0 && make_error != EEXIST) return fail_errno("make " + what, make_error);
  return fail_errno(what, ETIMEDOUT, "is udev running, and /sys mounted?");
}

}  // namespace airtap
