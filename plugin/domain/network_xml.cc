// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/network_xml.h"

#include <fmt/format.h>

#include "domain/document.h"
#include "domain/metadata.h"
#include "domain/prefilter.h"
#include "domain/xml_node.h"
#include "model/guest_nic.h"

namespace airtap {

namespace {

using domain_xml::Wishes;
using domain_xml::XmlNode;
using domain_xml::XmlReader;

std::string child_text(const XmlNode& element, std::string_view child) {
  const auto found = element.child(child);
  return found ? found->text() : std::string();
}

std::string child_attribute(const XmlNode& element, std::string_view child, const char* attribute) {
  const auto found = element.child(child);
  return found ? found->attribute(attribute).value_or("") : std::string();
}

Result<std::optional<Wishes>> wishes_of(const XmlNode& network) {
  std::optional<Wishes> wishes;
  const auto metadata = network.child("metadata");
  if (!metadata) return wishes;
  for (const XmlNode& element : metadata->children()) {
    if (!element.name_space().starts_with(domain_xml::any_network_version)) continue;
    if (wishes)
      return fail("metadata: two network elements", "libvirt keeps one only: put all into it");
    AIRTAP_TRY(wishes, domain_xml::parse_network_element(element));
  }
  return wishes;
}

Result<std::optional<Network>> read_network(const XmlNode& element) {
  Network network{.name = child_text(element, "name"),
                  .uuid = child_text(element, "uuid"),
                  .bridge = child_attribute(element, "bridge", "name"),
                  .ports_isolated = child_attribute(element, "port", "isolated") == "yes"};
  const bool bridged = child_attribute(element, "forward", "mode") == "bridge";
  AIRTAP_TRY(const auto wishes, wishes_of(element));
  if (!wishes && !(bridged && network.bridge.starts_with(bridge_prefix))) return std::nullopt;
  if (!bridged)
    return fail("a network with airtap's element must forward to a bridge",
                "write <forward mode='bridge'/> and <bridge name='airbr-…'/>");
  if (wishes) {
    network.mode = wishes->mode;
    network.uplink = wishes->uplink;
    network.addresses = wishes->addresses;
    network.isolate = wishes->isolate;
    network.allow_server = wishes->allow_server;
  }
  if (network.name.empty()) return fail("it has no <name>");
  if (!network.uuid.empty() && !is_uuid(network.uuid))
    return fail(fmt::format("'{}' is not a UUID", network.uuid));
  return network;
}

Result<NetworkPort> read_port(const XmlNode& element) {
  const auto owner = element.child("owner");
  NetworkPort port{.uuid = child_text(element, "uuid"),
                   .domain_name = owner ? child_text(*owner, "name") : "",
                   .domain_uuid = owner ? child_text(*owner, "uuid") : "",
                   .has_bandwidth = element.child("bandwidth").has_value()};
  for (const std::string& uuid : {port.uuid, port.domain_uuid})
    if (!is_uuid(uuid)) return fail(fmt::format("port: '{}' is not a UUID", uuid));
  if (port.domain_name.empty()) return fail("port: its owner has no <name>");
  AIRTAP_TRY(port.mac, MacAddress::parse(child_attribute(element, "mac", "address")));
  return port;
}

Result<std::optional<NetworkDocument>> read_root(const XmlNode& root) {
  if (root.is_plain("network")) {
    AIRTAP_TRY(auto network, read_network(root));
    if (!network) return std::nullopt;
    return NetworkDocument{std::move(*network), std::nullopt};
  }
  const auto inner = root.is_plain("hookData") ? root.child("network") : std::nullopt;
  if (!inner)
    return fail(fmt::format("the root element is <{}>", root.name()), "it must be <network>");
  AIRTAP_TRY(auto network, read_network(*inner));
  if (!network) return std::nullopt;
  NetworkDocument document{std::move(*network), std::nullopt};
  if (document.network.uuid.empty()) return fail("it has no <uuid>", "libvirt always writes one");
  if (const auto port = root.child("networkport")) {
    AIRTAP_TRY(document.port, read_port(*port));
  }
  return document;
}

Result<std::optional<NetworkDocument>> parse(std::string_view xml) {
  constexpr std::string_view name = "network XML";
  AIRTAP_CHECK(domain_xml::check_document(xml, name, "<network"));
  AIRTAP_TRY(XmlReader reader, XmlReader::open(xml, name));
  AIRTAP_TRY(const bool more, reader.next_element());
  if (!more) return fail(fmt::format("{}: it is empty", name));
  AIRTAP_TRY(const XmlNode root, reader.element());
  auto document = read_root(root);
  if (!document) return fail(document.error().within(name));
  return document;
}

}  // namespace

Result<std::optional<NetworkDocument>> parse_network(std::string_view xml) {
  auto document = parse(xml);
  if (!document) return fail(domain_xml::tidy(document.error()));
  return document;
}

}  // namespace airtap
