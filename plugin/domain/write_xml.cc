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

}  // namespace airtap
