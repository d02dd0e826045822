// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where messages for the administrator go. info: something was made or removed, once per guest;
// warning: something is left to do. The one-line error of a failed command is not a log message: it
// is the program's answer and goes to stderr whatever happens here.
#pragma once

#include <string_view>

namespace airtap::log {

/// For hooks and daemons: the journal, as "airtap", or syslog where there is none. The default is
/// silence. A message carries the field AIRTAP_DOMAIN with what stands before its first colon.
void to_journal();
/// And with this domain, from now on.
void about(std::string_view domain);
/// For the command line: stderr, warnings only.
void to_stderr();

void info(std::string_view message);
void warning(std::string_view message);

}  // namespace airtap::log
