// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a look at the text of a domain XML can tell. The hook asks this first, at every start of
// every domain, most of which are not ours: so nothing here may need a library (prefilter.cc is
// also compiled alone, into the hook's front program).
#pragma once

#include <string_view>

namespace airtap {

/// False only when parse_domain (domain_xml.h) cannot find a NIC of ours in `xml`. True says
/// nothing.
bool may_concern_us(std::string_view xml);

/// The same for parse_network (network_xml.h).
bool network_may_concern_us(std::string_view xml);

/// The text between the first <uuid> and </uuid>: in what libvirt writes, the domain's own. Empty
/// when that is not a UUID. Refers to `xml`.
std::string_view uuid_of(std::string_view xml);

/// 36 characters, only hexadecimal digits and '-': safe as a file name, which is its use.
bool is_uuid(std::string_view text);

}  // namespace airtap
