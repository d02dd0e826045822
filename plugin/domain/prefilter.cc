// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/prefilter.h"

namespace airtap {

namespace {

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

bool is_uuid_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
}

}  // namespace

bool may_concern_us(std::string_view xml) {
  // "&#": a character reference can spell either word another way. libvirt would not write it, but
  // a promise with an exception is none.
  return contains(xml, "ethernet") || contains(xml, "airbr-") || contains(xml, "capabilities") ||
         contains(xml, "urn:airtap:domain") || contains(xml, "&#");
}

bool network_may_concern_us(std::string_view xml) {
  return contains(xml, "airbr-") || contains(xml, "urn:airtap:network") || contains(xml, "&#");
}

std::string_view uuid_of(std::string_view xml) {
  constexpr std::string_view open = "<uuid>";
  const std::size_t start = xml.find(open);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = xml.substr(start + open.size());
  const std::size_t end = rest.find("</uuid>");
  if (end == std::string_view::npos || !is_uuid(rest.substr(0, end))) return {};
  return rest.substr(0, end);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (const char c : text)
    if (!is_uuid_character(c)) return false;
  return true;
}

}  // namespace airtap
