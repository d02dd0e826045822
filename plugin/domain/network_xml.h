// SPDX-License-Identifier: LGPL-2.1-or-later
//
// libvirt's network XML, and what its network hook is given, as values.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "model/network.h"

namespace airtap {

struct NetworkDocument {
  Network network;
  std::optional<NetworkPort> port;  ///< in what the hook gets for one
};

/// `xml` is a <network>, or the <hookData> that libvirt's network hook reads. Nothing unless the
/// network is ours: it carries our element in its metadata, or leads to a bridge whose name starts
/// with bridge_prefix.
///
/// Network::uuid and both of a port are UUIDs (is_uuid), and names are not empty, except that a
/// <network> that libvirt has not seen yet may have no uuid.
///
/// Errors: as parse_domain; a network with our element that forwards otherwise than to a bridge.
Result<std::optional<NetworkDocument>> parse_network(std::string_view xml);

}  // namespace airtap
