// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/supplicant.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"

namespace airtap {

Result<> ask_supplicant(const std::string& socket_path, std::string_view command) {
  const std::string what = "ask wpa_supplicant at " + socket_path;
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail_errno(what, errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // The family alone: the kernel picks an abstract name for the answer to come back to (unix(7)).
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address.sun_family) != 0)
    return fail_errno(what, errno);
  if (socket_path.copy(address.sun_path, sizeof address.sun_path - 1) != socket_path.size())
    return fail_errno(what, ENAMETOOLONG);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail_errno(what, errno);
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      ::send(fd.get(), command.data(), command.size(), MSG_NOSIGNAL) < 0)
    return fail_errno(what, errno);
  std::array<char, 64> answer{};
  const ssize_t length = ::recv(fd.get(), answer.data(), answer.size(), 0);
  if (length < 0) return fail_errno(what, errno == EAGAIN ? ETIMEDOUT : errno);
  const std::string_view text(answer.data(), static_cast<std::size_t>(length));
  if (!text.starts_with("OK")) return fail(what + ": it refused " + std::string(command));
  return {};
}

}  // namespace airtap
