// SPDX-License-Identifier: LGPL-2.1-or-later
//
// libvirt's domain XML -> the NICs that are ours. README.md of this folder says what makes a NIC
// ours and what is refused; xml-schemas/airtap.rng describes our element formally.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/guest_nic.h"

namespace airtap {

/// Longest document parse_domain looks at, in bytes. libvirt's own are some kilobytes.
constexpr std::size_t max_domain_xml = std::size_t{4} << 20;

/// `xml` is UTF-8, as libvirt writes it, from a writer who is not trusted: nothing is fetched, no
/// entity is expanded, a DOCTYPE is refused. `claim` are fnmatch(3) patterns: an interface of type
/// 'ethernet' whose <target dev> matches one is ours without metadata.
///
/// Domain::uuid is a UUID (is_uuid) and Domain::name is not empty whenever there are NICs or ports
/// of ours; in a domain without them, either may be anything.
///
/// Errors: XML that is not well-formed (with its line), no <domain>, metadata that does not fit
/// the schema or the domain's interfaces, values that cannot be read in an interface of ours. An
/// interface that is not ours is never an error. Errors start with the NIC's label where there is
/// one, are one line, and do not name the domain.
Result<Domain> parse_domain(std::string_view xml, const std::vector<std::string>& claim);

/// What tells an interface apart, as written; empty where there is none. Of any type.
struct InterfaceName {
  std::string type;
  std::string alias;
  std::string mac;
  std::string target;
  std::string network;  ///< <source network>
};
/// Every interface of a domain.
Result<std::vector<InterfaceName>> interfaces_of(std::string_view xml);

/// The TAPs on networks of ours in libvirt's own status file of a running domain
/// (/run/libvirt/qemu/NAME.xml), which is the only place that names them after a hotplug.
Result<std::vector<PortTap>> parse_port_taps(std::string_view status);

}  // namespace airtap
