// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Waits until nobody has a guest's device open, or its device is gone, or whoever was making it has
// died; then becomes the program that ends the guest. One runs beside every guest of a caller of
// airtap-bridge-helper, hence static and small.
//
// It is root's, with all signals blocked, in a session of its own, and holds nothing of the
// caller's: neither QEMU, which waits for the end of stderr, nor a terminal, nor the device itself.
#include "watcher.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <iterator>

namespace airtap {
namespace {

bool exists(int ifindex) {
  char name[IF_NAMESIZE];
  return ::if_indextoname(static_cast<unsigned>(ifindex), name) != nullptr;
}

/// Everything but the deletion of this device is kept from us: on a host with a thousand guests
/// every watcher would wake for each of them.
void hear_only_of_the_end(int ifindex) {
  // Loads are big-endian, netlink is not.
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NLMSG_HDRLEN + offsetof(ifinfomsg, ifi_index)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(static_cast<unsigned>(ifindex)), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, ~0U),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{std::size(program), const_cast<sock_filter*>(program)};
  // Without it there is only more to hear.
  (void)::setsockopt(watcher_links, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void forget_what_was_heard() {
  std::array<std::byte, 16384> buffer;
  while (::recv(watcher_links, buffer.data(), buffer.size(), MSG_DONTWAIT) >= 0 || errno == EINTR) {
  }
}

/// Until the program that ends the guest is run, which gets them back.
void lay_capabilities_aside() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return;
  for (auto& half : data) half.effective = 0;
  (void)::syscall(SYS_capset, &header, data);
}

/// How often the node is open. Only root can open it besides us: a second opening is nearly never
/// there, but must not end a guest when it closes.
class Openings {
 public:
  /// True when the last one has been closed.
  bool are_over() {
    alignas(inotify_event) std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got = ::read(watcher_opened, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += static_cast<ssize_t>(sizeof *event + event->len);
        if ((event->mask & IN_OPEN) != 0) ++open_;
        if ((event->mask & IN_CLOSE) != 0 && --open_ <= 0) return true;
        if ((event->mask & IN_Q_OVERFLOW) != 0) return false;
      }
    }
  }

 private:
  int open_ = 0;
};

void wait_for_the_end(const WatcherOrder& order) {
  if (!order.has_node) ::close(watcher_opened);
  hear_only_of_the_end(order.ifindex);
  Openings openings;
  pollfd events[] = {{watcher_links, POLLIN, 0}, {watcher_opened, POLLIN, 0}};
  // It may be over before the first event: whoever told us the ifindex could be slower than the
  // end.
  while (exists(order.ifindex)) {
    if (::poll(events, order.has_node ? 2 : 1, -1) < 0) continue;
    forget_what_was_heard();
    if (order.has_node && openings.are_over()) return;
  }
}

/// False: there is no more to come, and nobody to watch for.
bool hear(WatcherOrder& order) {
  for (;;) {
    const ssize_t got = ::read(watcher_control, &order, sizeof order);
    if (got < 0 && errno == EINTR) continue;
    return got == static_cast<ssize_t>(sizeof order);
  }
}

}  // namespace
}  // namespace airtap

int main(int argc, char** argv) {
  using namespace airtap;
  if (argc != 2) return 2;  // run by airtap-bridge-helper only
  WatcherOrder order;
  lay_capabilities_aside();
  if (hear(order)) wait_for_the_end(order);
  const char* const arguments[] = {"airtap-bridge-helper", "forget", argv[1], nullptr};
  const char* const nothing[] = {nullptr};
  ::execve(AIRTAP_BRIDGE_GUEST, const_cast<char* const*>(arguments),
           const_cast<char* const*>(nothing));
  return 1;
}
