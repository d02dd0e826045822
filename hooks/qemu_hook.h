// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The qemu hook's events as session calls (libvirt docs/hooks.rst, "/etc/libvirt/hooks/qemu").
#pragma once

#include <string>
#include <string_view>

#include "record/record.h"
#include "session/session.h"

namespace airtap {

struct HookCall {
  std::string domain;     ///< argv[1]
  std::string operation;  ///< argv[2]: prepare, start, started, release, reconnect, …
  std::string xml;        ///< stdin
  ProcessId starter;      ///< the daemon that runs the hook
};

/// An error is to be told to libvirt by exit status 1; only prepare, start and started can fail.
Result<> run_qemu_hook(const HookCall& call, const Config& config, Session& session);

}  // namespace airtap
