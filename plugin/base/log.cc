// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

namespace airtap::log {

namespace {

std::shared_ptr<spdlog::logger>& logger() {
  static auto instance =
      std::make_shared<spdlog::logger>("airtap", std::make_shared<spdlog::sinks::null_sink_mt>());
  return instance;
}

}  // namespace

void to_journal() {
  logger() = std::make_shared<spdlog::logger>(
      "airtap",
      std::make_shared<spdlog::sinks::syslog_sink_mt>("airtap", LOG_PID, LOG_DAEMON, true));
  logger()->set_pattern("%v");
}

void to_stderr() {
  logger() = std::make_shared<spdlog::logger>(
      "airtap", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger()->set_pattern("airtap: %^%l%$: %v");
  logger()->set_level(spdlog::level::warn);
}

void info(std::string_view message) { logger()->info("{}", message); }
void warning(std::string_view message) { logger()->warn("{}", message); }

}  // namespace airtap::log
