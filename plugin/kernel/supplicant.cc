// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/supplicant.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>

namespace airtap {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds answer_timeout{1};

}  // namespace

Result<SupplicantSocket> SupplicantSocket::open(const std::string& path) {
  const std::string what = "ask wpa_supplicant at " + path;
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail_errno(what, errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // The family alone: the kernel picks an abstract name for the answer to come back to (unix(7)).
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address.sun_family) != 0)
    return fail_errno(what, errno);
  if (path.copy(address.sun_path, sizeof address.sun_path - 1) != path.size())
    return fail_errno(what, ENAMETOOLONG);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail_errno(what, errno);
  return SupplicantSocket(std::move(fd), what);
}

Result<std::optional<std::string>> SupplicantSocket::receive(Clock::time_point deadline) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    const int count = ::poll(&readable, 1, left > 0 ? static_cast<int>(left) : 0);
    if (count == 0) return std::nullopt;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(what_, errno);
    const ssize_t length = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return fail_errno(what_, errno);
    return std::string(buffer.data(), static_cast<std::size_t>(length));
  }
}

Result<std::string> SupplicantSocket::ask(std::string_view command) {
  if (::send(fd_.get(), command.data(), command.size(), MSG_NOSIGNAL) < 0)
    return fail_errno(what_, errno);
  const auto deadline = Clock::now() + answer_timeout;
  for (;;) {
    AIRTAP_TRY(auto message, receive(deadline));
    if (!message) return fail_errno(what_, ETIMEDOUT);
    if (!message->starts_with('<')) return *std::move(message);
    events_.push_back(*std::move(message));
  }
}

Result<> SupplicantSocket::tell(std::string_view command) {
  AIRTAP_TRY(const std::string answer, ask(command));
  if (!answer.starts_with("OK"))
    return fail(what_ + ": it refused " + std::string(command.substr(0, command.find(' '))));
  return {};
}

Result<std::optional<std::string>> SupplicantSocket::event(Clock::time_point deadline) {
  std::optional<std::string> message;
  if (!events_.empty()) {
    message = std::move(events_.front());
    events_.pop_front();
  } else {
    AIRTAP_TRY(message, receive(deadline));
  }
  if (message) message->erase(0, message->starts_with('<') ? message->find('>') + 1 : 0);
  return message;
}

Result<> ask_supplicant(const std::string& socket_path, std::string_view command) {
  AIRTAP_TRY(auto socket, SupplicantSocket::open(socket_path));
  return socket.tell(command);
}

}  // namespace airtap
