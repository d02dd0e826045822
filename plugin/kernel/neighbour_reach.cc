// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/neighbour_reach.h"

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/unique_fd.h"
#include "datapath/shared.h"

namespace airtap {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds ask_again_after{200};
/// Frames read between two looks at the clock: a flood must not hold up a domain start.
constexpr int frames_at_once = 256;

/// One packet socket, bound to one link and one protocol.
class Wire {
 public:
  static Result<Wire> open(int ifindex, std::uint16_t protocol, const std::string& what) {
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

  const MacAddress& station() const { return station_; }

  /// What is sent from now on carries this mark (skb->mark).
  Result<> mark(std::uint32_t value, const std::string& what) {
    if (::setsockopt(fd_.get(), SOL_SOCKET, SO_MARK, &value, sizeof value) != 0)
      return fail_errno(what, errno);
    return {};
  }

  /// A full queue is no error: the question is repeated.
  int send(std::span<const std::byte> frame) {
    if (::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL) >= 0) return 0;
    return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? 0 : errno;
  }

  /// Reads what has arrived; true when the answer is among it.
  Result<bool> has_answer(const NeighbourQuestion& question, const std::string& what) {
    std::array<std::byte, 256> frame;
    for (int count = 0; count < frames_at_once; ++count) {
      sockaddr_ll from{};
      socklen_t size = sizeof from;
      const ssize_t length = ::recvfrom(fd_.get(), frame.data(), frame.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &size);
      if (length < 0 && errno == EINTR) continue;
      if (length < 0 && errno == EAGAIN) return false;
      if (length < 0) return fail_errno(what, errno);
      if (from.sll_pkttype != PACKET_OUTGOING &&
          question.answered_by(std::span(frame).first(static_cast<std::size_t>(length))))
        return true;
    }
    return false;
  }

  void wait(milliseconds at_most) {
    pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    // An interruption only makes the loop look at the clock early.
    (void)::poll(&entry, 1, static_cast<int>(at_most.count()));
  }

 private:
  Wire(UniqueFd fd, MacAddress station) : fd_(std::move(fd)), station_(station) {}

  UniqueFd fd_;
  MacAddress station_;
};

}  // namespace

Result<> NeighbourReach::answers(int ifindex, const IpAddress& neighbour, milliseconds timeout) {
  const std::string what = "ask " + neighbour.text() + " through device " + std::to_string(ifindex);
  AIRTAP_TRY(const auto addresses, links_.addresses());
  const auto source = source_for(addresses, ifindex, neighbour);
  if (!source) return fail_errno(what, EADDRNOTAVAIL, "the host has no IPv6 address on this link");
  AIRTAP_TRY(auto wire, Wire::open(ifindex, neighbour.is_v4() ? ETH_P_ARP : ETH_P_IPV6, what));
  const NeighbourQuestion question{wire.station(), *source, neighbour};
  const auto frame = question.frame();

  const auto deadline = Clock::now() + timeout;
  auto next_question = Clock::now();
  for (;;) {
    const auto now = Clock::now();
    if (now >= next_question && now < deadline) {
      if (const int code = wire.send(frame); code != 0)
        return fail_errno(what, code, code == ENETDOWN ? "the link is down" : "");
      next_question = now + ask_again_after;
    }
    AIRTAP_TRY(const bool answered, wire.has_answer(question, what));
    if (answered) return {};
    if (now >= deadline)
      return fail_errno(what + ": no answer in " + std::to_string(timeout.count()) + " ms",
                        ETIMEDOUT);
    wire.wait(std::chrono::ceil<milliseconds>(std::min(deadline, next_question) - now));
  }
}

Result<> NeighbourReach::announce(int ifindex, const std::vector<Announcement>& announcements) {
  if (announcements.empty()) return {};
  const std::string what = "announce through device " + std::to_string(ifindex);
  AIRTAP_TRY(auto wire, Wire::open(ifindex, 0, what));
  for (const Announcement& announcement : announcements) {
    AIRTAP_CHECK(wire.mark(announcement.audience == Audience::lan ? AIRTAP_MARK_TO_AIR : 0, what));
    if (const int code = wire.send(announcement_frame(announcement)); code != 0)
      return fail_errno(what, code, code == ENETDOWN ? "the link is down" : "");
  }
  return {};
}

}  // namespace airtap
