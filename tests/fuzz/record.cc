// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any bytes as a record under /run/airtap: what was read says the same when it is written again, or
// the error is one line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "record/json.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

void require_line(const airtap::Error& error) {
  const std::string line = error.line();
  require(!line.empty());
  for (const char c : line) require(static_cast<unsigned char>(c) >= ' ');
}

void look_inside(const airtap::UplinkRecord&) {}
void look_inside(const airtap::GuestRecord& record) {
  const auto actions = record.actions.get();
  if (!actions) return require_line(actions.error());
  require(airtap::RecordedActions(*actions).get() == *actions);
}

template <class Record>
void read(std::string_view text, airtap::Result<Record> (*parse)(std::string_view)) {
  const auto record = parse(text);
  if (!record) return require_line(record.error());
  look_inside(*record);
  const auto again = parse(airtap::to_json_text(*record));
  require(again && *again == *record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read<airtap::GuestRecord>(text, airtap::guest_record_from_json);
  read<airtap::UplinkRecord>(text, airtap::uplink_record_from_json);
  return 0;
}
