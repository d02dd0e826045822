// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"

#include <syslog.h>

#include <cstdio>
#include <string>

#include "base/journal.h"

namespace airtap::log {

namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

enum class Target { nowhere, journal, standard_error };
Target target = Target::nowhere;

std::string& subject() {
  static std::string domain;
  return domain;
}

void write_to_journal(int priority, std::string_view message) {
  const std::string digit = std::to_string(priority);
  std::vector<std::pair<std::string_view, std::string_view>> fields{
      {"MESSAGE", message}, {"PRIORITY", digit}, {"SYSLOG_IDENTIFIER", "airtap"}};
  if (!subject().empty()) fields.emplace_back("AIRTAP_DOMAIN", subject());
  // Our messages start with what they are about.
  const std::string_view first = message.substr(0, message.find(": "));
  if (first.size() < message.size() && first != subject())
    fields.emplace_back("AIRTAP_DOMAIN", first);
  if (send_to_journal(journal_socket, fields)) return;
  ::syslog(priority, "%.*s", static_cast<int>(message.size()), message.data());
}

void write(int priority, std::string_view message) {
  if (target == Target::journal)
    write_to_journal(priority, message);
  else if (target == Target::standard_error && priority <= LOG_WARNING)
    std::fprintf(stderr, "airtap: warning: %.*s\n", static_cast<int>(message.size()),
                 message.data());
}

}  // namespace

void to_journal() {
  ::openlog("airtap", LOG_PID, LOG_DAEMON);
  target = Target::journal;
}

void about(std::string_view domain) { subject() = domain; }

void to_stderr() { target = Target::standard_error; }

void info(std::string_view message) { write(LOG_INFO, message); }
void warning(std::string_view message) { write(LOG_WARNING, message); }

}  // namespace airtap::log
