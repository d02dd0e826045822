// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Our element in <metadata>: what a domain asks of its NICs, before anybody knows whether the
// domain has these NICs, or what a network offers. xml-schemas/airtap.rng and airtap-network.rng
// are the formal descriptions.
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

constexpr std::string_view our_network_namespace = "urn:airtap:network:1";
constexpr std::string_view any_network_version = "urn:airtap:network:";

/// What can be said of a NIC, or of every NIC on a network.
struct Wishes {
  std::optional<Mode> mode;
  std::optional<std::string> uplink;
  std::optional<unsigned> addresses;
  bool isolate = false;
  bool allow_server = false;
};

/// One <nic>. Exactly one of `alias`, `mac` and `target` is set: the join key.
struct NicWish : Wishes {
  std::string alias;
  std::optional<MacAddress> mac;
  std::string target;

  std::string label() const { return mac ? mac->text() : alias.empty() ? target : alias; }
};

/// A decimal number from `low` to `high`; the error names `what`.
Result<unsigned> parse_number(std::string_view what, const std::string& text, unsigned low,
                              unsigned high);

/// `element` is a child of <metadata> in one of our namespaces. In document order, no two with the
/// same key. Errors: everything that the schema does not allow.
Result<std::vector<NicWish>> parse_guest_element(const XmlNode& element);

/// The same for a network: `element` is in one of any_network_version.
Result<Wishes> parse_network_element(const XmlNode& element);

}  // namespace airtap::domain_xml
