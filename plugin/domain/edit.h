// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A domain's definition, changed as `virsh edit` would: everything else stays as it is, and the new
// lines look like libvirt's.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/guest_nic.h"

namespace airtap {

/// The same document in the form in which the others return theirs: compare with it.
Result<std::string> unchanged(std::string_view domain_xml);

/// With one more interface, called `alias` (ua-…), and what `nic` asks for in the metadata.
Result<std::string> add_nic(std::string_view domain_xml, const GuestNic& nic,
                            const std::string& alias);

/// Without the interface that has this MAC, and without what the metadata says of it.
Result<std::string> remove_nic(std::string_view domain_xml, const MacAddress& mac);

}  // namespace airtap
