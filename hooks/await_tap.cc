// SPDX-License-Identifier: LGPL-2.1-or-later
#include "await_tap.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/file.h"
#include "domain/domain_xml.h"

namespace airtap {

namespace {

std::optional<PortTap> find_tap(const std::filesystem::path& status, const std::string& port) {
  const auto taps = parse_port_taps(read_file(status).value_or(""));
  if (!taps) return std::nullopt;
  const auto found = std::ranges::find(*taps, port, &PortTap::port);
  return found == taps->end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<PortTap> await_tap(const std::filesystem::path& status, const std::string& port,
                                 const std::function<bool()>& wanted,
                                 std::chrono::milliseconds timeout) {
  constexpr auto pause = std::chrono::milliseconds(100);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (wanted()) {
    if (auto tap = find_tap(status, port)) return tap;
    if (std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(pause, timeout));
  }
  return std::nullopt;
}

void later(const std::function<void()>& work) {
  if (::fork() != 0) return;
  ::setsid();
  // libvirt reads our stderr to its end.
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    null < 0 ? ::close(fd) : ::dup2(null, fd);
  work();
  ::_exit(0);
}

}  // namespace airtap
