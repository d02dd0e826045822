// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What holds for every document, before and after it is read.
#pragma once

#include <string_view>

#include "base/result.h"

namespace airtap::domain_xml {

/// Refuses what libxml2 had better not see: too long, not UTF-8, a DOCTYPE before `root`
/// ("<domain"). `document` is what messages call it.
Result<> check_document(std::string_view xml, std::string_view document, std::string_view root);

/// Whatever the document puts into a message, the message stays one line that people can read.
Error tidy(const Error& error);

}  // namespace airtap::domain_xml
