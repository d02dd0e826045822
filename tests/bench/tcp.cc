// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/resource.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/measure.h"
#include "bench/program.h"
#include "bench/relay.h"

namespace airtap::bench {
namespace {

constexpr Duration settling{10};

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
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

/// Time on a CPU of this process, which is QEMU, of those that have ended, which were guest and
/// LAN, of the side's own, and of the kernel's threads, which work for others, too.
double cpu_seconds(const Side& side) {
  static const auto threads = kernel_threads();
  rusage ended{};
  ::getrusage(RUSAGE_CHILDREN, &ended);
  double sum = seconds_of(CLOCK_PROCESS_CPUTIME_ID) + seconds_of(ended.ru_utime) +
               seconds_of(ended.ru_stime);
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

struct Received {
  double bytes = 0, bits_per_second = 0;
};

/// One run of iperf3, as its receiver has counted it.
Received iperf3(const Side& side, Way way, unsigned streams, std::uint64_t bytes) {
  std::optional<Program> server, client;
  side.in_lan([&] {
    server.emplace(std::vector<std::string>{"iperf3", "--server", "--one-off", "--forceflush"});
    server->output("listening");
  });
  std::vector<std::string> words{"iperf3",     "--client",
                                 lan_ip,       "--json",
                                 "--interval", "0",
                                 "--bytes",    std::to_string(bytes),
                                 "--parallel", std::to_string(streams)};
  if (way == Way::to_guest) words.emplace_back("--reverse");
  side.in_guest([&] { client.emplace(words); });
  const auto said = nlohmann::json::parse(client->output());
  if (client->wait() != 0) throw std::runtime_error("iperf3: " + said.value("error", "failed"));
  server->output();
  server->wait();
  const auto& sum = said.at("end").at("sum_received");
  return {.bytes = sum.at("bytes"), .bits_per_second = sum.at("bits_per_second")};
}

}  // namespace

Throughput tcp(const Side& side, Way way, unsigned streams, std::uint64_t bytes) {
  const Relay relay(side.outer(), side.inner());
  const double cpu = cpu_seconds(side);
  const Received received = iperf3(side, way, streams, bytes);
  const double used = cpu_seconds(side) - cpu;
  // What is still on its way would be in the next measurement's.
  std::this_thread::sleep_for(settling);
  return {.bits_per_second = received.bits_per_second,
          .cpu_seconds_per_gigabyte = received.bytes > 0 ? used / (received.bytes / 1e9) : 0};
}

}  // namespace airtap::bench
