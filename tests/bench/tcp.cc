// SPDX-License-Identifier: LGPL-2.1-or-later
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/measure.h"
#include "bench/relay.h"
#include "bench/sockets.h"

namespace airtap::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Duration warm_up{50};
constexpr std::uint16_t port = 7001;

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// The kernel's threads for what was left over by interrupts, and of vhost (since Linux 6.4 ours).
std::vector<std::string> kernel_threads() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::string name;
    std::ifstream(entry.path() / "comm") >> name;
    if (name.starts_with("ksoftirqd/") || name.starts_with("vhost-"))
      found.push_back(entry.path() / "schedstat");
  }
  return found;
}

/// Time on a CPU of this process, which is guest, QEMU and LAN, of the side's own, and of the
/// kernel's threads, which work for others, too.
double cpu_seconds(const Side& side) {
  static const auto threads = kernel_threads();
  double sum = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  for (const pid_t carrier : side.carriers()) {
    clockid_t clock{};
    if (::clock_getcpuclockid(carrier, &clock) == 0) sum += seconds_of(clock);
  }
  for (const auto& thread : threads) {
    double ns = 0;
    std::ifstream(thread) >> ns;
    sum += ns / 1e9;
  }
  return sum;
}

class Connections {
 public:
  Connections(const Side& side, Way way, unsigned count) {
    UniqueFd listener;
    side.in_lan([&] {
      listener = bound_socket(SOCK_STREAM, port);
      ::listen(listener.get(), static_cast<int>(count));
    });
    const auto there = endpoint(lan_ip, port);
    for (unsigned i = 0; i < count; ++i) {
      UniqueFd guest;
      side.in_guest([&] { guest = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); });
      if (::connect(guest.get(), generic(there), sizeof(there)) != 0) {
        throw std::runtime_error("connect: " + std::string(std::strerror(errno)));
      }
      UniqueFd lan(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const bool out = way == Way::from_guest;
      sources_.push_back(std::move(out ? guest : lan));
      sinks_.push_back(std::move(out ? lan : guest));
    }
    for (const auto& source : sources_) threads_.emplace_back([fd = source.get()] { fill(fd); });
    for (const auto& sink : sinks_) threads_.emplace_back([this, fd = sink.get()] { empty(fd); });
  }
  ~Connections() {
    for (const auto& source : sources_) ::shutdown(source.get(), SHUT_RDWR);
    for (const auto& sink : sinks_) ::shutdown(sink.get(), SHUT_RDWR);
    for (auto& thread : threads_) thread.join();
    // Ended by a reset, at once: what is still on its way would be in the next measurement's.
    const linger none{.l_onoff = 1, .l_linger = 0};
    for (auto* ends : {&sources_, &sinks_}) {
      for (const auto& end : *ends) {
        ::setsockopt(end.get(), SOL_SOCKET, SO_LINGER, &none, sizeof(none));
      }
      ends->clear();
    }
    std::this_thread::sleep_for(Duration{10});
  }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  std::uint64_t bytes() const { return bytes_; }

 private:
  static void fill(int fd) {
    const std::vector<char> block(128 * 1024);
    while (::send(fd, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  }
  void empty(int fd) {
    std::vector<char> block(1024 * 1024);
    // MSG_TRUNC: counted, not copied
    for (ssize_t got; (got = ::recv(fd, block.data(), block.size(), MSG_TRUNC)) > 0;) {
      bytes_ += static_cast<std::uint64_t>(got);
    }
  }

  std::vector<UniqueFd> sources_, sinks_;
  std::vector<std::thread> threads_;
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace

Throughput tcp(const Side& side, Way way, unsigned streams, Duration time) {
  const Relay relay(side.outer(), side.inner());
  const Connections connections(side, way, streams);
  std::this_thread::sleep_for(warm_up);
  const auto begin = Clock::now();
  const double cpu = cpu_seconds(side);
  const std::uint64_t before = connections.bytes();
  std::this_thread::sleep_for(time);
  const auto bytes = static_cast<double>(connections.bytes() - before);
  const double used = cpu_seconds(side) - cpu;
  const std::chrono::duration<double> took = Clock::now() - begin;
  return {.bits_per_second = bytes * 8 / took.count(),
          .cpu_seconds_per_gigabyte = bytes > 0 ? used / (bytes / 1e9) : 0};
}

}  // namespace airtap::bench
