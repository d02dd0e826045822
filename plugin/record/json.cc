// SPDX-License-Identifier: LGPL-2.1-or-later
#include "record/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "record/json_model.h"

namespace airtap {

namespace {

/// Raised when a field changes its meaning; older versions stay readable.
constexpr int format_version = 1;

/// On one line: a start reads those of all guests, and white space would be a third of them.
template <class T>
std::string text_of(const T& value) {
  nlohmann::json document = value;
  document["version"] = format_version;
  return document.dump() + "\n";
}

/// Records hold whole numbers; one too large for its field as a fraction would be undefined there.
void check_whole_numbers(const nlohmann::json& value, int depth = 0) {
  constexpr int deepest = 16;  // twice what any record has
  if (depth > deepest) throw std::runtime_error("it is nested too deeply");
  if (value.is_number_float()) throw std::runtime_error("a number is not whole");
  if (!value.is_structured()) return;
  for (const nlohmann::json& part : value) check_whole_numbers(part, depth + 1);
}

/// What the parsers say quotes what they read.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' '; }, '?');
  return text;
}

template <class T>
Result<T> parse(std::string_view text) {
  // nlohmann reports by exception; none may leave this module.
  try {
    const nlohmann::json document = nlohmann::json::parse(text);
    check_whole_numbers(document);
    const int version = document.at("version").get<int>();
    if (version > format_version)
      return fail(fmt::format("it was written by a newer airtap (format {})", version),
                  "use that version to clean up");
    return document.get<T>();
  } catch (const std::exception& error) {
    return fail("it is damaged: " + one_line(error.what()));
  }
}

}  // namespace

std::string to_json_text(const GuestRecord& record) { return text_of(record); }
std::string to_json_text(const UplinkRecord& record) { return text_of(record); }

std::string to_json_text(const std::string& domain_name, const Plan& plan) {
  nlohmann::json document = plan;
  document["domain"] = domain_name;
  document["version"] = format_version;
  return document.dump(2) + "\n";
}

Result<GuestRecord> guest_record_from_json(std::string_view text) {
  return parse<GuestRecord>(text);
}
Result<UplinkRecord> uplink_record_from_json(std::string_view text) {
  return parse<UplinkRecord>(text);
}

}  // namespace airtap
