// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/sockets.h"

#include <arpa/inet.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace airtap::bench {

sockaddr_in endpoint(const std::string& ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

std::string text_of(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return text.data();
}

UniqueFd bound_socket(int type, std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const auto any = endpoint("0.0.0.0", port);
  if (::bind(fd.get(), generic(any), sizeof(any)) != 0) {
    throw std::runtime_error("bind: " + std::string(std::strerror(errno)));
  }
  return fd;
}

bool receive_from(int fd, sockaddr_in& from, int timeout_ms) {
  pollfd wait{fd, POLLIN, 0};
  if (::poll(&wait, 1, timeout_ms) <= 0) return false;
  std::array<char, 2048> data{};
  socklen_t size = sizeof(from);
  return ::recvfrom(fd, data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&from), &size) > 0;
}

}  // namespace airtap::bench
