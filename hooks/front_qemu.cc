// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>

#include <string>

#include "domain/prefilter.h"
#include "front.h"

namespace airtap::front {

namespace {

bool event_matters(std::string_view operation) {
  return is_one_of(operation, {"prepare", "start", "started", "release", "reconnect"});
}

/// Of the domain or of one of its parts: guest-UUID.json, guest-UUID.PART.json.
bool has_record(std::string_view uuid) {
  if (uuid.empty()) return false;
  DIR* records = opendir(AIRTAP_RECORDS);
  if (records == nullptr) return false;
  const std::string start = std::string("guest-").append(uuid) + ".";
  bool found = false;
  while (const dirent* entry = found ? nullptr : readdir(records))
    found = std::string_view(entry->d_name).starts_with(start);
  closedir(records);
  return found;
}

bool concerns_us(std::string_view document) {
  return may_concern_us(document) || has_record(uuid_of(document));
}

}  // namespace

const Rules rules{.name = "airtap-hook",
                  .directory = "qemu.d",
                  .usage = "DOMAIN OPERATION SUB-OPERATION EXTRA < domain.xml",
                  .program = AIRTAP_LIBEXECDIR "/qemu-hook",
                  .end_tag = "</domain>",
                  .event_matters = event_matters,
                  .concerns_us = concerns_us};

}  // namespace airtap::front
