// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/measure.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/sockets.h"
#include "datapath/frames.h"

namespace airtap::bench {
namespace {

using Clock = std::chrono::steady_clock;
using test::Frame;
using test::operator+;

constexpr std::uint16_t echo_port = 7002, sink_port = 7003;
/// struct virtio_net_hdr without anything to do.
const Frame no_offload(header_size, 0);
/// With the checksum that hardware adds, 64 bytes.
constexpr std::size_t small = 60;

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

double per_second(std::uint64_t amount, Clock::duration time) {
  return static_cast<double>(amount) / std::chrono::duration<double>(time).count();
}

/// Frames that have arrived at the LAN's end of the uplink.
std::uint64_t arrived(const Side& side) {
  std::uint64_t packets = 0;
  side.in_lan([&] {
    std::ifstream devices("/proc/thread-self/net/dev");
    for (std::string line; std::getline(devices, line);) {
      const auto colon = line.find(':');
      if (colon == std::string::npos || line.find("lan0") > colon) continue;
      std::uint64_t bytes = 0;
      std::istringstream(line.substr(colon + 1)) >> bytes >> packets;
    }
  });
  return packets;
}

struct Ports {
  std::uint16_t from, to;
};

Frame small_frame(const test::Mac& to, const test::Mac& from, const std::string& from_ip,
                  const std::string& to_ip, Ports ports) {
  Frame frame = test::udp_frame(to, from, from_ip, to_ip, ports.from, ports.to, Frame(18, 0x61));
  if (frame.size() != small) throw std::logic_error("a small frame has another size");
  return frame;
}

double small_frames_from_guest(const Side& side, Duration time) {
  const Frame frame = no_offload + small_frame(side.next_hop(), side.guest().mac, side.guest().ip,
                                               lan_ip, {sink_port, sink_port});
  UniqueFd sink;  // its queue is full at once; what else comes ends there, cheaply
  side.in_lan([&] { sink = bound_socket(SOCK_DGRAM, sink_port); });
  const std::uint64_t before = arrived(side);
  const auto begin = Clock::now();
  while (Clock::now() - begin < time) {
    drain(side.outer());  // a guest reads, too, or a stream would fill up
    for (int i = 0; i < 64; ++i) {
      if (side.outer().send(frame.data(), frame.size())) continue;
      if (errno != EAGAIN) broken("sending from the guest");
      // The kernel still has as many as the device may hold: on one processor they need it.
      std::this_thread::yield();
      break;
    }
  }
  const auto took = Clock::now() - begin;
  return per_second(arrived(side) - before, took);
}

/// Sends until told to stop, past every queue.
void flood(int fd, const Frame& frame, const std::atomic<bool>& stop) {
  std::array<mmsghdr, 32> batch{};
  iovec data{const_cast<std::uint8_t*>(frame.data()), frame.size()};
  for (auto& one : batch) {
    one.msg_hdr.msg_iov = &data;
    one.msg_hdr.msg_iovlen = 1;
  }
  while (!stop) ::sendmmsg(fd, batch.data(), batch.size(), MSG_DONTWAIT);
}

UniqueFd packet_socket(const std::string& device) {
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    broken("binding to " + device);
  }
  return fd;
}

/// Who the LAN thinks sends from the guest's port: what is answered gets through any NAT.
sockaddr_in heard(const Side& side, int sink) {
  const Frame hello = no_offload + small_frame(side.next_hop(), side.guest().mac, side.guest().ip,
                                               lan_ip, {sink_port, sink_port});
  sockaddr_in guest{};
  side.outer().send(hello.data(), hello.size());
  if (!receive_from(sink, guest, 1000)) throw std::runtime_error("the guest is not heard");
  return guest;
}

double small_frames_to_guest(const Side& side, Duration time) {
  UniqueFd source, sink;
  side.in_lan([&] {
    source = packet_socket("lan0");
    sink = bound_socket(SOCK_DGRAM, sink_port);
  });
  const sockaddr_in guest = heard(side, sink.get());
  const Frame frame = small_frame(side.guest_on_air(), side.lan_mac(), lan_ip, text_of(guest),
                                  {sink_port, ntohs(guest.sin_port)});
  drain(side.outer());
  std::atomic<bool> stop{false};
  std::thread sender([&] { flood(source.get(), frame, stop); });
  std::array<std::uint8_t, 2048> buffer{};
  std::uint64_t count = 0;
  const auto begin = Clock::now();
  while (Clock::now() - begin < time) {
    for (int i = 0; i < 64; ++i) {
      if (side.outer().receive(buffer.data(), buffer.size()) > 0) {
        ++count;
        continue;
      }
      pollfd wait{side.outer().fd(), POLLIN, 0};
      ::poll(&wait, 1, 100);
      break;
    }
  }
  const auto took = Clock::now() - begin;
  stop = true;
  sender.join();
  drain(side.outer());
  return per_second(count, took);
}

void serve_echo(int fd) {
  std::array<std::uint8_t, 2048> buffer{};
  for (;;) {
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    const ssize_t got =
        ::recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got <= 0) return;  // closed, or the empty message that ends it
    ::sendto(fd, buffer.data(), static_cast<std::size_t>(got), 0, generic(from), size);
  }
}

/// Waits for the echo; false when it is lost.
bool receive_echo(Nic& nic) {
  std::array<std::uint8_t, 2048> buffer{};
  for (;;) {
    const ssize_t got = nic.receive(buffer.data(), buffer.size());
    const std::size_t type = no_offload.size() + 12;
    if (got > 0 && buffer[type] == 0x08 && buffer[type + 1] == 0x00) return true;
    if (got > 0) continue;
    pollfd wait{nic.fd(), POLLIN, 0};
    if (::poll(&wait, 1, 1000) <= 0) return false;
  }
}

}  // namespace

double small_frames(const Side& side, Way way, Duration time) {
  return way == Way::from_guest ? small_frames_from_guest(side, time)
                                : small_frames_to_guest(side, time);
}

RoundTrips round_trips(const Side& side, unsigned count) {
  UniqueFd server;
  side.in_lan([&] { server = bound_socket(SOCK_DGRAM, echo_port); });
  std::thread echo([&] { serve_echo(server.get()); });
  const Frame frame = no_offload + small_frame(side.next_hop(), side.guest().mac, side.guest().ip,
                                               lan_ip, {echo_port, echo_port});
  drain(side.outer());
  std::vector<double> times;
  for (unsigned i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    if (!side.outer().send(frame.data(), frame.size())) broken("sending from the guest");
    if (!receive_echo(side.outer())) break;
    times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
  }
  ::shutdown(server.get(), SHUT_RD);
  echo.join();
  if (times.size() != count) throw std::runtime_error("an echo was lost");
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() * 99 / 100]};
}

}  // namespace airtap::bench
