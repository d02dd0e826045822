// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Sockets of IPv4 in the calling thread's namespace.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace airtap::bench {

sockaddr_in endpoint(const std::string& ip, std::uint16_t port);
std::string text_of(const sockaddr_in& address);
inline const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}
UniqueFd bound_socket(int type, std::uint16_t port);
/// Waits for a datagram, throws it away and says who sent it; false when there was none in time.
bool receive_from(int fd, sockaddr_in& from, int timeout_ms);

}  // namespace airtap::bench
