// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/wire.h"

#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace airtap {

namespace {
constexpr int frames_at_once = 256;
constexpr std::size_t frame_size = 512;
}  // namespace

Result<Wire> Wire::open(int ifindex, std::uint16_t protocol, const std::string& what) {
  // Protocol 0: nothing of other links piles up before bind.
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid())
    return fail_errno(what, errno, errno == EPERM ? "run as root, or with CAP_NET_RAW" : "");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = __builtin_bswap16(protocol);
  address.sll_ifindex = ifindex;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail_errno(what, errno);
  socklen_t size = sizeof address;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return fail_errno(what, errno);
  MacAddress station;
  if (address.sll_hatype != ARPHRD_ETHER || address.sll_halen != station.bytes.size())
    return fail_errno(what + ": not an Ethernet link", EAFNOSUPPORT);
  std::copy_n(address.sll_addr, station.bytes.size(), station.bytes.begin());
  return Wire(std::move(fd), station);
}

Result<> Wire::mark(std::uint32_t value, const std::string& what) {
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_MARK, &value, sizeof value) != 0)
    return fail_errno(what, errno);
  return {};
}

int Wire::send(std::span<const std::byte> frame) {
  if (::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL) >= 0) return 0;
  return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? 0 : errno;
}

Result<> Wire::read(const std::string& what, const OnFrame& on_frame) {
  std::array<std::byte, frame_size> frame;
  for (int count = 0; count < frames_at_once; ++count) {
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const ssize_t length = ::recvfrom(fd_.get(), frame.data(), frame.size(), 0,
                                      reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return {};
    if (length < 0) return fail_errno(what, errno);
    if (from.sll_pkttype == PACKET_OUTGOING) continue;
    if (!on_frame(std::span(frame).first(static_cast<std::size_t>(length)))) return {};
  }
  return {};
}

void Wire::wait(std::chrono::milliseconds at_most) {
  pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  // An interruption only makes the loop look at the clock early.
  (void)::poll(&entry, 1, static_cast<int>(at_most.count()));
}

}  // namespace airtap
