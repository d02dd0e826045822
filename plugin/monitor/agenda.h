// SPDX-License-Identifier: LGPL-2.1-or-later
//
// When the follower acts. Changes come in bursts (a DHCP renewal is ten messages), so a burst is
// waited out, but not for long; announcements get lost where the access point is not ready yet, so
// they are repeated.
#pragma once

#include <chrono>
#include <deque>
#include <optional>

namespace airtap {

class Agenda {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  static constexpr std::chrono::milliseconds quiet{20};     ///< ends a burst
  static constexpr std::chrono::milliseconds longest{100};  ///< of a burst
  static constexpr std::chrono::milliseconds retry{1000};   ///< after a failure to look

  /// Something happened; `moved`: somebody may be found elsewhere now.
  void happened(Time now, bool moved);
  /// The host was found to have moved: announced just now, again in a while.
  void announced(Time now);
  void failed(Time now);

  struct Task {
    bool announce = false;
    bool is_repeat = false;  ///< and nothing else has happened
  };
  /// What is due, once.
  std::optional<Task> due(Time now);
  /// nullopt: nothing is planned.
  std::optional<Time> next() const;

 private:
  std::optional<Time> burst_began_;
  std::optional<Time> look_at_;
  bool announce_ = false;
  std::deque<Time> repeats_;
};

}  // namespace airtap
