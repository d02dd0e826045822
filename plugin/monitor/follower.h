// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The loop of airtap-monitor.
#pragma once

#include <set>
#include <string>

#include "kernel/events.h"
#include "monitor/agenda.h"
#include "monitor/record_watch.h"
#include "session/session.h"

namespace airtap {

class Follower {
 public:
  /// `stop_fd`: readable when it is time to go.
  Follower(Session& session, KernelEvents& events, RecordWatch& records, int stop_fd)
      : session_(session), events_(events), records_(records), stop_fd_(stop_fd) {}

  /// Until the last guest is gone or stop_fd is readable.
  Result<> run();

 private:
  enum class Woken { by_time, by_event, to_stop };
  Result<Woken> wait();
  Result<> read_events();
  /// True while there are guests.
  bool look(Agenda::Task task);

  Session& session_;
  KernelEvents& events_;
  RecordWatch& records_;
  int stop_fd_;
  Agenda agenda_;
  std::set<std::string> reported_;  ///< problems that are still there
};

}  // namespace airtap
