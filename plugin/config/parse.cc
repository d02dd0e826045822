// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The only file that includes toml++. Its header is used without its library, and without
// exceptions: the library that Debian builds throws.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "config/config.h"
#include "model/credentials.h"
#include "model/if_name.h"

namespace airtap {

namespace {

constexpr unsigned most_addresses = 64;

std::string place(std::string_view file, const toml::source_region& source) {
  return fmt::format("{}, line {}, column {}", file, source.begin.line, source.begin.column);
}

Result<std::string> as_string(const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return fail("the value is not a string", "put it in quotes");
  return text->get();
}

/// A pattern must be able to match an interface name, which is never empty.
Result<std::string> as_pattern(const toml::node& node) {
  AIRTAP_TRY(std::string text, as_string(node));
  if (text.empty()) return fail("the pattern is empty", "write one such as \"airtap*\"");
  return text;
}

Result<std::string> as_if_name(const toml::node& node) {
  AIRTAP_TRY(const std::string text, as_string(node));
  AIRTAP_TRY(const IfName name, IfName::parse(text));
  return name.text();
}

Result<Mode> as_mode(const toml::node& node) {
  AIRTAP_TRY(const std::string text, as_string(node));
  return parse_mode(text);
}

Result<bool> as_bool(const toml::node& node) {
  const auto* value = node.as_boolean();
  if (value == nullptr) return fail("the value is not true or false", "write it without quotes");
  return value->get();
}

Result<unsigned> as_addresses(const toml::node& node) {
  const auto* value = node.as_integer();
  if (value == nullptr || value->get() < 1 || value->get() > most_addresses)
    return fail(fmt::format("the value is not a number from 1 to {}", most_addresses));
  return static_cast<unsigned>(value->get());
}

Result<std::string> as_credentials(const toml::node& node) {
  AIRTAP_TRY(std::string text, as_string(node));
  if (text.starts_with("/") || text == credentials_of_supplicant ||
      text == credentials_of_network_manager)
    return text;
  return fail("the value is no place for credentials",
              fmt::format("write the path of a wpa_supplicant.conf that only root can read, "
                          "\"{}\", or \"{}\"",
                          credentials_of_supplicant, credentials_of_network_manager));
}

class FileParser {
 public:
  FileParser(std::string_view file, Config& config) : file_(file), config_(config) {}

  Result<> top(const toml::table& table);

 private:
  Result<> allow(const toml::node& node);
  Result<> station(const toml::node& node);
  Result<> profiles(const toml::node& node);
  Result<> profile(std::string_view name, const toml::table& table);

  template <class T, class U>
  Result<> set(T& to, const toml::node& node, Result<U> (*convert)(const toml::node&)) {
    auto value = convert(node);
    if (!value) return fail(value.error().within(place(file_, node.source())));
    to = std::move(*value);
    return {};
  }

  template <class T>
  Result<> set_list(std::vector<T>& to, const toml::node& node,
                    Result<T> (*convert)(const toml::node&)) {
    const auto* array = node.as_array();
    if (array == nullptr)
      return at(node, "the value is not a list", "put it in brackets: [\"…\", \"…\"]");
    std::vector<T> values;
    for (const toml::node& element : *array) {
      T value{};
      AIRTAP_CHECK(set(value, element, convert));
      values.push_back(std::move(value));
    }
    to = std::move(values);
    return {};
  }

  tl::unexpected<Error> at(const toml::node& node, std::string what, std::string hint) const {
    return fail(Error(std::move(what), std::move(hint)).within(place(file_, node.source())));
  }
  tl::unexpected<Error> unknown(const toml::key& key, std::string_view known) const {
    return fail(Error(fmt::format("unknown key '{}'", key.str()), fmt::format("keys: {}", known))
                    .within(place(file_, key.source())));
  }

  std::string_view file_;
  Config& config_;
};

Result<> FileParser::top(const toml::table& table) {
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    if (name == "claim") {
      AIRTAP_CHECK(set_list(config_.claim, node, as_pattern));
    } else if (name == "mode") {
      AIRTAP_CHECK(set(config_.mode, node, as_mode));
    } else if (name == "uplink") {
      AIRTAP_CHECK(set(config_.uplink, node, as_if_name));
    } else if (name == "addresses") {
      AIRTAP_CHECK(set(config_.addresses, node, as_addresses));
    } else if (name == "allow") {
      AIRTAP_CHECK(allow(node));
    } else if (name == "station") {
      AIRTAP_CHECK(station(node));
    } else if (name == "profile") {
      AIRTAP_CHECK(profiles(node));
    } else {
      return unknown(key, "claim, mode, uplink, addresses, [allow], [station] and [profile.NAME]");
    }
  }
  return {};
}

Result<> FileParser::allow(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return at(node, "'allow' is not a table", "write it as [allow]");
  for (const auto& [key, value] : *table) {
    const std::string_view name = key.str();
    if (name == "modes") {
      AIRTAP_CHECK(set_list(config_.allowed_modes, value, as_mode));
    } else if (name == "uplinks") {
      AIRTAP_CHECK(set_list(config_.allowed_uplinks, value, as_if_name));
    } else if (name == "server") {
      AIRTAP_CHECK(set(config_.allow_server, value, as_bool));
    } else {
      return unknown(key, "modes, uplinks, server");
    }
  }
  return {};
}

Result<> FileParser::station(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return at(node, "'station' is not a table", "write it as [station]");
  for (const auto& [key, value] : *table) {
    if (key.str() != "credentials") return unknown(key, "credentials");
    AIRTAP_CHECK(set(config_.station_credentials, value, as_credentials));
  }
  return {};
}

/// The bridge helper must know a profile's name from a bridge's without reading files.
Result<> check_profile_name(std::string_view name) {
  if (!name.starts_with("airtap"))
    return fail(fmt::format("the profile's name '{}' does not start with airtap", name),
                "call it airtap-something");
  AIRTAP_TRY(const IfName checked, IfName::parse(name));
  return {};
}

Result<> FileParser::profiles(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return at(node, "'profile' is not a table", "write [profile.airtap-lab]");
  for (const auto& [key, value] : *table) {
    const auto* one = value.as_table();
    if (one == nullptr)
      return at(value, "a profile has a name and keys of its own", "write [profile.airtap-lab]");
    if (auto checked = check_profile_name(key.str()); !checked)
      return fail(checked.error().within(place(file_, key.source())));
    AIRTAP_CHECK(profile(key.str(), *one));
  }
  return {};
}

Result<> FileParser::profile(std::string_view name, const toml::table& table) {
  Profile parsed;
  for (const auto& [key, value] : table) {
    if (key.str() == "mode") {
      AIRTAP_CHECK(set(parsed.mode, value, as_mode));
    } else if (key.str() == "uplink") {
      AIRTAP_CHECK(set(parsed.uplink, value, as_if_name));
    } else if (key.str() == "addresses") {
      AIRTAP_CHECK(set(parsed.addresses, value, as_addresses));
    } else if (key.str() == "isolate") {
      AIRTAP_CHECK(set(parsed.isolate, value, as_bool));
    } else {
      return unknown(key, "mode, uplink, addresses, isolate");
    }
  }
  config_.profiles[std::string(name)] = parsed;
  return {};
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// toml++ 3.3 and 3.4 have undefined behaviour for many letters beyond ASCII where it looks for
/// white space (github.com/marzer/tomlplusplus/issues/190 and 295), so it gets none to see: in
/// comments they become '?', elsewhere they are an error, as no key and no sensible value has any.
Result<std::string> only_ascii(std::string_view text, std::string_view file) {
  std::string ascii(text);
  unsigned line = 1;
  bool after_hash = false;
  for (char& c : ascii) {
    if (c == '\n') {
      ++line;
      after_hash = false;
    } else if (c == '#') {
      after_hash = true;
    } else if (!is_ascii(c)) {
      if (!after_hash)
        return fail(fmt::format("{}, line {}: a character that is not ASCII", file, line),
                    "only comments may have such");
      c = '?';
    }
  }
  return ascii;
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view file, Config config) {
  AIRTAP_TRY(const std::string ascii, only_ascii(text, file));
  const toml::parse_result parsed = toml::parse(std::string_view(ascii), file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(fmt::format("{}: {}", place(file, error.source()), error.description()));
  }
  AIRTAP_CHECK(FileParser(file, config).top(parsed.table()));
  return config;
}

}  // namespace airtap
