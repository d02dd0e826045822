// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/socket.h>

#include <optional>
#include <stdexcept>

#include "bench/program.h"
#include "bench/sides.h"

namespace airtap::bench {
namespace {

/// A process between the guest's frames and sockets of the host's: no packet of the guest's own is
/// ever on the LAN. With the MTU that it proposes, as its users have it.
class PasstSide final : public Side {
 public:
  explicit PasstSide(const std::string& kind) : Side(kind, {.mtu = 65520, .offload = false}) {}

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
    passt_.emplace(std::vector<std::string>{"passt", "--foreground", "--quiet", "--fd", "3",
                                            "--address", guest_.ip, "--netmask", "24",
                                            "--interface", uplink(), "--ipv4-only", "--no-map-gw"},
                   its.get());
    carriers_.push_back(passt_->pid());
    return make_stream(std::move(mine));
  }

  std::optional<Program> passt_;
};

}  // namespace

std::unique_ptr<Side> make_passt(const std::string& kind) {
  return std::make_unique<PasstSide>(kind);
}

}  // namespace airtap::bench
