// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Records and plans as JSON: the files under /run/airtap, and what `--json` prints.
#pragma once

#include <string>
#include <string_view>

#include "record/record.h"

namespace airtap {

std::string to_json_text(const GuestRecord& record);
std::string to_json_text(const UplinkRecord& record);
std::string to_json_text(const std::string& domain_name, const Plan& plan);

/// Errors: truncated or foreign text; a version newer than this program knows.
Result<GuestRecord> guest_record_from_json(std::string_view text);
Result<UplinkRecord> uplink_record_from_json(std::string_view text);

}  // namespace airtap
