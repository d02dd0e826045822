// SPDX-License-Identifier: LGPL-2.1-or-later
#include "record/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "record/json_model.h"

namespace airtap {

namespace {

/// Raised when a field changes its meaning; older versions stay readable. 2: a guest's actions are
/// a line of their own.
constexpr int format_version = 2;

/// On one line: a start reads those of all guests, and white space would be a third of them.
template <class T>
std::string text_of(const T& value) {
  nlohmann::json document = value;
  document["version"] = format_version;
  return document.dump() + "\n";
}

constexpr std::string_view actions_end = "]\n";

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

/// nlohmann reports by exception; none may leave this module.
template <class Read>
auto without_exceptions(Read read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const std::exception& error) {
    return fail("it is damaged: " + one_line(error.what()));
  }
}

nlohmann::json document_of(std::string_view text) {
  nlohmann::json document = nlohmann::json::parse(text);
  check_whole_numbers(document);
  return document;
}

template <class T>
Result<T> parse(std::string_view text) {
  AIRTAP_TRY(const auto document, without_exceptions([&] { return document_of(text); }));
  AIRTAP_TRY(const int version,
             without_exceptions([&] { return document.at("version").template get<int>(); }));
  if (version > format_version)
    return fail(fmt::format("it was written by a newer airtap (format {})", version),
                "use that version to clean up");
  return without_exceptions([&] { return document.template get<T>(); });
}

}  // namespace

std::string to_json_text(const GuestRecord& record) {
  return text_of(record) + record.actions.json_text() + "\n";
}
std::string to_json_text(const UplinkRecord& record) { return text_of(record); }

std::string to_json_text(const std::string& domain_name, const Plan& plan) {
  nlohmann::json document = plan;
  document["domain"] = domain_name;
  document["version"] = format_version;
  return document.dump(2) + "\n";
}

Result<GuestRecord> guest_record_from_json(std::string_view text) {
  const std::size_t line = text.find('\n');
  AIRTAP_TRY(GuestRecord record, parse<GuestRecord>(text.substr(0, line)));
  const std::string_view actions = line == std::string_view::npos ? "" : text.substr(line + 1);
  if (actions.empty() && record.actions.get()) return record;  // version 1
  if (!actions.ends_with(actions_end)) return fail("it is damaged: its end is missing");
  record.actions =
      RecordedActions::from_json_text(std::string(actions.substr(0, actions.size() - 1)));
  return record;
}

RecordedActions RecordedActions::from_json_text(std::string text) {
  RecordedActions actions;
  actions.actions_ = std::move(text);
  return actions;
}

Result<Actions> RecordedActions::get() const {
  if (const auto* actions = std::get_if<Actions>(&actions_)) return *actions;
  return without_exceptions(
      [&] { return actions_from(document_of(std::get<std::string>(actions_))); });
}

std::string RecordedActions::json_text() const {
  const auto* actions = std::get_if<Actions>(&actions_);
  return actions != nullptr ? json_of(*actions).dump() : std::get<std::string>(actions_);
}
Result<UplinkRecord> uplink_record_from_json(std::string_view text) {
  return parse<UplinkRecord>(text);
}

}  // namespace airtap
