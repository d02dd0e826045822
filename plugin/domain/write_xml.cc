// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/write_xml.h"

#include <fmt/format.h>

namespace airtap {

namespace {

/// For an attribute in single quotes, or text.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '\'':
        safe += "&apos;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string interface_xml(const GuestNic& nic, const std::string& alias) {
  std::string xml = fmt::format(
      "<interface type='ethernet'>\n"
      "  <mac address='{}'/>\n"
      "  <target dev='{}' managed='no'/>\n"
      "  <model type='virtio'/>\n",
      nic.mac.text(), escaped(nic.target));
  if (nic.queues > 1) xml += fmt::format("  <driver queues='{}'/>\n", nic.queues);
  if (nic.mtu) xml += fmt::format("  <mtu size='{}'/>\n", *nic.mtu);
  if (!alias.empty()) xml += fmt::format("  <alias name='{}'/>\n", escaped(alias));
  return xml + "</interface>\n";
}

std::string network_xml(const Network& network) {
  std::string wishes;
  if (network.uplink) wishes += fmt::format(" uplink='{}'", escaped(*network.uplink));
  if (network.mode) wishes += fmt::format(" mode='{}'", to_text(*network.mode));
  if (network.addresses) wishes += fmt::format(" addresses='{}'", *network.addresses);
  if (network.isolate) wishes += " isolate='yes'";
  if (network.allow_server) wishes += " allow-server='yes'";
  return fmt::format(
      "<network>\n"
      "  <name>{}</name>\n"
      "{}"
      "  <metadata>\n"
      "    <airtap:network xmlns:airtap='urn:airtap:network:1'{}/>\n"
      "  </metadata>\n"
      "  <forward mode='bridge'/>\n"
      "  <bridge name='{}'/>\n"
      "{}"
      "</network>\n",
      escaped(network.name),
      network.uuid.empty() ? "" : fmt::format("  <uuid>{}</uuid>\n", escaped(network.uuid)), wishes,
      escaped(network.bridge), network.ports_isolated ? "  <port isolated='yes'/>\n" : "");
}

}  // namespace airtap
