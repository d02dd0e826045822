// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "virt/hypervisor.h"

namespace airtap {

/// Loads the module and connects. The module stays loaded for the life of the process.
Result<std::unique_ptr<Hypervisor>> open_hypervisor(const std::string& module,
                                                    const std::string& uri);

/// The module exports a function `airtap_hypervisor` that returns one of these.
using OpenHypervisor = Result<std::unique_ptr<Hypervisor>>(const std::string& uri);

}  // namespace airtap
