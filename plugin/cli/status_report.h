// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What `airtap status` prints. The JSON is described by airtap-status.schema.json.
#pragma once

#include <string>

#include "session/session.h"

namespace airtap {

std::string status_text(const Status& status);
std::string status_json(const Status& status);

}  // namespace airtap
