// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where messages for the administrator go. info: something was made or removed, once per guest;
// warning: something is left to do. The one-line error of a failed command is not a log message: it
// is the program's answer and goes to stderr whatever happens here.
#pragma once

#include <string_view>

namespace airtap::log {

/// For hooks and daemons: the journal, by syslog, as "airtap". The default is silence.
void to_journal();
/// For the command line: stderr, warnings only.
void to_stderr();

void info(std::string_view message);
void warning(std::string_view message);

}  // namespace airtap::log
