// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The qemu hook's events as session calls (libvirt docs/hooks.rst, "/etc/libvirt/hooks/qemu").
#pragma once

#include <optional>
#include <string>

#include "record/store.h"
#include "session/session.h"

namespace airtap {

struct HookCall {
  std::string domain;     ///< argv[1]
  std::string operation;  ///< argv[2]: prepare, start, started, release, reconnect, …
  std::string xml;        ///< stdin
  ProcessId starter;      ///< the daemon that runs the hook
};

/// The domain, if this event leaves anything to do for it; decided from the XML and the presence of
/// a record alone, so that a domain that is not ours costs no socket. Only prepare and start can
/// fail.
Result<std::optional<Domain>> domain_of_ours(const HookCall& call, const Config& config,
                                             const RecordStore& store);

/// An error is to be told to libvirt by exit status 1; only prepare, start and started can fail.
Result<> run_qemu_hook(const HookCall& call, const Domain& domain, Session& session);

}  // namespace airtap
