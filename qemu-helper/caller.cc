// SPDX-License-Identifier: LGPL-2.1-or-later
#include "caller.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace airtap {

Result<> distrust_what_was_inherited() {
  ::clearenv();
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is this one; it stays open for good.
    if (::open("/dev/null", O_RDWR) != fd) return fail_errno("cannot open /dev/null", errno);
  }
  return {};
}

Result<pid_t> owner_of_socket(int socket, uid_t caller) {
  const std::string what = "descriptor " + std::to_string(socket);
  const char* const hint = "QEMU and libvirt pass one end of a socket pair";
  int family = 0;
  socklen_t size = sizeof family;
  if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0)
    return fail_errno(what, errno, hint);
  if (family != AF_UNIX) return fail(what + " is not a unix socket", hint);
  ucred peer{};
  size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return fail_errno(what, errno, hint);
  // What the kernel says of a socket that nobody is connected to.
  if (peer.uid == static_cast<uid_t>(-1)) return fail(what + " is not connected", hint);
  if (peer.uid != caller) return fail(what + " was made by another user", hint);
  return peer.pid;
}

Result<> send_device(int socket, int device) {
  char zero = 0;
  iovec data{.iov_base = &zero, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof device)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof device);
  std::memcpy(CMSG_DATA(header), &device, sizeof device);
  ssize_t sent = -1;
  do sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent == 1) return {};
  return fail_errno("failed to write fd to unix socket", sent < 0 ? errno : EIO);
}

}  // namespace airtap
