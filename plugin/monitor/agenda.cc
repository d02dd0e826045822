// SPDX-License-Identifier: LGPL-2.1-or-later
#include "monitor/agenda.h"

#include <algorithm>
#include <array>

namespace airtap {

using std::chrono::milliseconds;

namespace {
constexpr std::array repeat_after{milliseconds(300), milliseconds(1000), milliseconds(3000)};
}

void Agenda::happened(Time now, bool moved) {
  if (!burst_began_) burst_began_ = now;
  look_at_ = std::min(now + quiet, *burst_began_ + longest);
  announce_ = announce_ || moved;
}

void Agenda::announced(Time now) {
  repeats_.clear();
  for (const milliseconds after : repeat_after) repeats_.push_back(now + after);
}

void Agenda::failed(Time now) { look_at_ = now + retry; }

std::optional<Agenda::Task> Agenda::due(Time now) {
  const bool repeat = !repeats_.empty() && repeats_.front() <= now;
  const bool look = look_at_ && *look_at_ <= now;
  if (!repeat && !look) return std::nullopt;
  const Task task{.announce = repeat || announce_, .is_repeat = repeat && !announce_};
  if (repeat) repeats_.pop_front();
  burst_began_.reset();
  look_at_.reset();
  announce_ = false;
  return task;
}

std::optional<Agenda::Time> Agenda::next() const {
  if (repeats_.empty()) return look_at_;
  if (!look_at_) return repeats_.front();
  return std::min(*look_at_, repeats_.front());
}

}  // namespace airtap
