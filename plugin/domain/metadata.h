// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Our element in <metadata>: what a domain asks of its NICs, before anybody knows whether the
// domain has these NICs. xml-schemas/airtap.rng is the formal description.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/xml_node.h"
#include "model/mac_address.h"
#include "model/mode.h"

namespace airtap::domain_xml {

constexpr std::string_view our_namespace = "urn:airtap:domain:1";
/// Prefix of the namespaces of all versions, of which this program reads one.
constexpr std::string_view any_version = "urn:airtap:domain:";

/// One <nic>. Exactly one of `alias` and `mac` is set: the join key.
struct NicWish {
  std::string alias;
  std::optional<MacAddress> mac;

  std::optional<Mode> mode;
  std::optional<std::string> uplink;
  std::optional<unsigned> addresses;
  bool isolate = false;
  bool allow_server = false;

  std::string label() const { return mac ? mac->text() : alias; }
};

/// A decimal number from `low` to `high`; the error names `what`.
Result<unsigned> parse_number(std::string_view what, const std::string& text, unsigned low,
                              unsigned high);

/// `element` is a child of <metadata> in one of our namespaces. In document order, no two with the
/// same key. Errors: everything that the schema does not allow.
Result<std::vector<NicWish>> parse_guest_element(const XmlNode& element);

}  // namespace airtap::domain_xml
