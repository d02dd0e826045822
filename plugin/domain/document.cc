// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/document.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/domain_xml.h"
#include "domain/xml_node.h"

namespace airtap::domain_xml {

namespace {

std::string tidy_text(std::string text) {
  constexpr std::size_t longest = 400;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return text;
}

}  // namespace

Result<> check_document(std::string_view xml, std::string_view document, std::string_view root) {
  if (xml.size() > max_domain_xml)
    return fail(fmt::format("{}: it has {} bytes", document, xml.size()),
                fmt::format("at most {}", max_domain_xml));
  // Anything else makes libxml2 guess an encoding, in which the prefilter's words look different.
  const std::size_t start = xml.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return fail(fmt::format("{}: it is empty", document));
  if (xml[start] != '<' || xml.find('\0') != std::string_view::npos)
    return fail(fmt::format("{}: it is not XML in UTF-8", document));
  // XmlReader refuses it too, but only after libxml2 has read the declarations in it.
  if (xml.substr(0, xml.find(root)).find("<!DOCTYPE") != std::string_view::npos)
    return refuse_doctype(document);
  return {};
}

Error tidy(const Error& error) {
  return Error(tidy_text(error.what()), tidy_text(error.hint()), error.code());
}

}  // namespace airtap::domain_xml
