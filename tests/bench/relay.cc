// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/relay.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <vector>

namespace airtap::bench {
namespace {

void copy(Nic& from, Nic& to, int stop) {
  std::vector<std::uint8_t> frame(longest_frame);
  for (;;) {
    const ssize_t size = from.receive(frame.data(), frame.size());
    if (size > 0) {
      to.send(frame.data(), static_cast<std::size_t>(size));  // a full queue drops, as everywhere
      continue;
    }
    pollfd wait[] = {{from.fd(), POLLIN, 0}, {stop, POLLIN, 0}};
    ::poll(wait, 2, -1);
    if (wait[1].revents != 0) return;
  }
}

}  // namespace

Relay::Relay(Nic& left, Nic& right)
    : stop_(::eventfd(0, EFD_CLOEXEC)),
      there_([&, stop = stop_.get()] { copy(left, right, stop); }),
      back_([&, stop = stop_.get()] { copy(right, left, stop); }) {}

Relay::~Relay() {
  ::eventfd_write(stop_.get(), 1);
  there_.join();
  back_.join();
}

}  // namespace airtap::bench
