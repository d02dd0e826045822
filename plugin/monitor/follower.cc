// SPDX-License-Identifier: LGPL-2.1-or-later
#include "monitor/follower.h"

#include <malloc.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.h"

namespace airtap {

namespace {

using Clock = Agenda::Clock;

/// For poll(): -1 waits for ever.
int timeout_until(const std::optional<Agenda::Time>& time) {
  if (!time) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*time - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

}  // namespace

Result<Follower::Woken> Follower::wait() {
  std::array<pollfd, 4> fds{};
  fds[0].fd = stop_fd_;
  fds[1].fd = events_.route_fd();
  fds[2].fd = events_.wireless_fd();  // -1 is skipped by poll()
  fds[3].fd = records_.fd();
  for (pollfd& entry : fds) entry.events = POLLIN;
  const int count = ::poll(fds.data(), fds.size(), timeout_until(agenda_.next()));
  if (count < 0 && errno != EINTR) return fail_errno("poll", errno);
  if (count <= 0) return Woken::by_time;
  return fds[0].revents != 0 ? Woken::to_stop : Woken::by_event;
}

Result<> Follower::read_events() {
  records_.drain();
  AIRTAP_TRY(const Happened happened, events_.drain());
  agenda_.happened(Clock::now(), happened.link_came_up);
  return {};
}

bool Follower::look(Agenda::Task task) {
  const auto followed = session_.follow(task.announce);
  std::set<std::string> problems;
  const auto report = [&](const Error& problem) {
    if (!reported_.contains(problem.line())) log::warning(problem.line());
    problems.insert(problem.line());
  };
  if (!followed) {
    report(followed.error());
    agenda_.failed(Clock::now());
  } else {
    for (const std::string& line : followed->mended) log::info(line);
    if (followed->moved || (task.announce && !task.is_repeat)) agenda_.announced(Clock::now());
    for (const Error& problem : followed->problems) report(problem);
  }
  reported_ = std::move(problems);
  return !followed || followed->guests_left;
}

Result<> Follower::run() {
  // What happened before anybody listened is found by looking once.
  agenda_.happened(Clock::now(), /*moved=*/true);
  for (;;) {
    AIRTAP_TRY(const Woken woken, wait());
    if (woken == Woken::to_stop) return {};
    if (woken == Woken::by_event) AIRTAP_CHECK(read_events());
    const auto task = agenda_.due(Clock::now());
    if (task && !look(*task)) return {};
    // Between two looks it holds nothing; what a thousand guests took goes back.
    if (task) ::malloc_trim(0);
  }
}

}  // namespace airtap
