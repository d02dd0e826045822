// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "bench/sides.h"

namespace airtap::bench {
namespace {

/// A process between the guest's frames and sockets of the host's: no packet of the guest's own is
/// ever on the LAN. With the MTU that it proposes, as its users have it.
class PasstSide final : public Side {
 public:
  explicit PasstSide(const std::string& kind) : Side(kind, {.mtu = 65520, .offload = false}) {}
  ~PasstSide() override {
    for (const pid_t pid : carriers_) {
      ::kill(pid, SIGTERM);
      ::waitpid(pid, nullptr, 0);
    }
  }

 private:
  std::unique_ptr<Nic> connect_guest() override {
    box_->run("ip route add default via " + lan_ip + " dev " + uplink());
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      throw std::runtime_error("socketpair");
    }
    UniqueFd mine(ends[0]), its(ends[1]);
    // As it does itself with a socket that it has accepted, up to net.core.wmem_max: what does not
    // fit is lost and sent again.
    const int much = 1 << 24;
    for (const int size : {SO_SNDBUF, SO_RCVBUF}) {
      ::setsockopt(its.get(), SOL_SOCKET, size, &much, sizeof(much));
    }
    carriers_.push_back(start(its.get()));
    return make_stream(std::move(mine));
  }

  pid_t start(int socket) const {
    constexpr int fd = 3;
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, socket, fd);
    ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    std::string of_uplink = uplink();
    std::array words{"passt",
                     "--foreground",
                     "--quiet",
                     "--fd",
                     "3",
                     "--address",
                     guest_.ip.c_str(),
                     "--netmask",
                     "24",
                     "--interface",
                     of_uplink.c_str(),
                     "--ipv4-only",
                     "--no-map-gw",
                     static_cast<const char*>(nullptr)};
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, "passt", &files, nullptr,
                                     const_cast<char* const*>(words.data()), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
      throw std::runtime_error(std::string("passt: ") + std::strerror(error) +
                               " (apt install passt)");
    }
    return pid;
  }
};

}  // namespace

std::unique_ptr<Side> make_passt(const std::string& kind) {
  return std::make_unique<PasstSide>(kind);
}

}  // namespace airtap::bench
