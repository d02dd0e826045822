// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/journal.h"

#include <endian.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>

#include "base/unique_fd.h"

namespace airtap {

namespace {

void add_field(std::string& datagram, std::string_view name, std::string_view value) {
  datagram += name;
  if (value.find('\n') == std::string_view::npos) {
    datagram.append("=").append(value).append("\n");
    return;
  }
  // A value of several lines is preceded by its length instead.
  const std::uint64_t size = htole64(value.size());
  datagram += '\n';
  datagram.append(reinterpret_cast<const char*>(&size), sizeof(size));
  datagram.append(value).append("\n");
}

}  // namespace

bool send_to_journal(const std::string& socket_path,
                     const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) return false;
  socket_path.copy(address.sun_path, socket_path.size());
  std::string datagram;
  for (const auto& [name, value] : fields) add_field(datagram, name, value);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket.valid() &&
         ::sendto(socket.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&address), sizeof(address)) >= 0;
}

}  // namespace airtap
