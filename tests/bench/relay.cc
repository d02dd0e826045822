// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/relay.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace airtap::bench {
namespace {

constexpr std::size_t longest = 70000;

void copy(int from, int to, int stop) {
  std::vector<std::uint8_t> frame(longest);
  for (;;) {
    const ssize_t size = ::read(from, frame.data(), frame.size());
    if (size > 0) {
      // a full queue drops, as everywhere
      if (::write(to, frame.data(), static_cast<std::size_t>(size)) < 0) continue;
      continue;
    }
    pollfd wait[] = {{from, POLLIN, 0}, {stop, POLLIN, 0}};
    ::poll(wait, 2, -1);
    if (wait[1].revents != 0) return;
  }
}

}  // namespace

Relay::Relay(int left, int right)
    : stop_(::eventfd(0, EFD_CLOEXEC)),
      there_([=, stop = stop_.get()] { copy(left, right, stop); }),
      back_([=, stop = stop_.get()] { copy(right, left, stop); }) {}

Relay::~Relay() {
  ::eventfd_write(stop_.get(), 1);
  there_.join();
  back_.join();
}

void drain(int fd) {
  std::vector<std::uint8_t> frame(longest);
  while (::read(fd, frame.data(), frame.size()) > 0) {
  }
}

}  // namespace airtap::bench
