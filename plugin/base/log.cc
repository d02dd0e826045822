// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"

#include <syslog.h>

#include <cstdio>

namespace airtap::log {

namespace {

enum class Target { nowhere, journal, standard_error };
Target target = Target::nowhere;

void write(int priority, std::string_view message) {
  const int length = static_cast<int>(message.size());
  if (target == Target::journal)
    ::syslog(priority, "%.*s", length, message.data());
  else if (target == Target::standard_error && priority <= LOG_WARNING)
    std::fprintf(stderr, "airtap: warning: %.*s\n", length, message.data());
}

}  // namespace

void to_journal() {
  ::openlog("airtap", LOG_PID, LOG_DAEMON);
  target = Target::journal;
}

void to_stderr() { target = Target::standard_error; }

void info(std::string_view message) { write(LOG_INFO, message); }
void warning(std::string_view message) { write(LOG_WARNING, message); }

}  // namespace airtap::log
