// SPDX-License-Identifier: LGPL-2.1-or-later
#include "watch.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "privileges.h"
#include "session/processes.h"
#include "watcher.h"

namespace airtap {

namespace {

Result<UniqueFd> link_events() {
  UniqueFd events(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!events.valid()) return fail_errno("listen to the kernel", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (::bind(events.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("listen to the kernel", errno);
  return events;
}

/// In the new process: the watcher's descriptors in their places, everything else closed, nothing
/// of the caller's session. It does not come back.
[[noreturn]] void become_watcher(const std::string& uuid, int control, int links, int opened) {
  const int null = ::open("/dev/null", O_RDWR);
  // Above their places first, or one could overwrite another.
  constexpr int above = 16;
  const int high[] = {::fcntl(null, F_DUPFD, above), ::fcntl(control, F_DUPFD, above),
                      ::fcntl(links, F_DUPFD, above),
                      ::fcntl(opened < 0 ? null : opened, F_DUPFD, above)};
  for (const int fd : high)
    if (fd < 0) ::_exit(1);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(high[0], standard);
  ::dup2(high[1], watcher_control);
  ::dup2(high[2], watcher_links);
  ::dup2(high[3], watcher_opened);
  ::close_range(watcher_last + 1, ~0U, 0);
  ::setsid();
  // For the program that ends the guest, which the watcher runs last.
  if (!keep_only({CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF})) ::_exit(1);
  const char* const arguments[] = {"airtap-bridge-watcher", uuid.c_str(), nullptr};
  const char* const nothing[] = {nullptr};
  ::execve(AIRTAP_BRIDGE_WATCHER, const_cast<char* const*>(arguments),
           const_cast<char* const*>(nothing));
  ::_exit(1);
}

}  // namespace

Result<Watcher> Watcher::start(const std::string& uuid) {
  Watcher watcher;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
  const UniqueFd reading(ends[0]);
  watcher.control_ = UniqueFd(ends[1]);
  AIRTAP_TRY(const UniqueFd links, link_events());
  // Where there is none left, a TAP is still possible.
  watcher.opened_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("start a process", errno);
  if (child == 0) become_watcher(uuid, reading.get(), links.get(), watcher.opened_.get());
  const auto process = ProcProcesses().identify(child);
  if (!process) return fail("the watcher could not be started", "install airtap as a whole");
  watcher.process_ = *process;
  return watcher;
}

Result<> Watcher::expect_opening(const Device& device) {
  if (device.node.empty()) return {};  // a TAP's end is told by the kernel
  if (!opened_.valid())
    return fail("no inotify instance is left to watch " + device.node + " with",
                "raise fs.inotify.max_user_instances, or choose mode macnat");
  if (::inotify_add_watch(opened_.get(), device.node.c_str(), IN_OPEN | IN_CLOSE) < 0)
    return fail_errno("watch " + device.node, errno);
  return {};
}

Result<> Watcher::watch(const Device& device) {
  const WatcherOrder order{device.ifindex, !device.node.empty()};
  if (::write(control_.get(), &order, sizeof order) != static_cast<ssize_t>(sizeof order))
    return fail_errno("tell the watcher what to watch", errno);
  return {};
}

}  // namespace airtap
