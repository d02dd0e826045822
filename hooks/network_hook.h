// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The network hook's events as session calls (libvirt docs/hooks.rst,
// "/etc/libvirt/hooks/network").
#pragma once

#include <string>

#include "domain/network_xml.h"
#include "session/session.h"

namespace airtap {

struct NetworkCall {
  std::string network;    ///< argv[1]
  std::string operation;  ///< argv[2]: start, stopped, port-created, port-deleted
  ProcessId starter;      ///< the daemon that runs the hook
};

/// An error is to be told to libvirt by exit status 1, which ends the network's or the guest's
/// start.
Result<> run_network_hook(const NetworkCall& call, const NetworkDocument& document,
                          Session& session);

}  // namespace airtap
