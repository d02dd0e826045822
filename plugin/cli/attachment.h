// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What `airtap attach` and `airtap detach` change in a domain's definition, before libvirt is
// asked.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/nic_options.h"
#include "virt/hypervisor.h"

namespace airtap {

struct DomainChange {
  std::string before;  ///< comparable with `after`
  std::string after;
  GuestNic nic;  ///< the one that comes or goes
  std::string alias;
};

/// One more NIC, under the first free name airtapN and a MAC that no domain has. `taken`: the host
/// has a device of that name.
Result<DomainChange> add_to_domain(const VirtDomain& domain, const std::vector<VirtDomain>& all,
                                   const NicOptions& options,
                                   const std::function<bool(const std::string&)>& taken);

/// Which NIC to remove; with neither, the only one of airtap's.
struct NicChoice {
  std::string mac;
  std::string alias;
};
Result<DomainChange> remove_from_domain(const VirtDomain& domain, const NicChoice& choice,
                                        const std::vector<std::string>& claim);

}  // namespace airtap
