// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/attachment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "domain/domain_xml.h"
#include "domain/edit.h"

namespace airtap {

namespace {

Result<> check_mac(const MacAddress& mac, const std::vector<VirtDomain>& all) {
  for (const VirtDomain& domain : all) {
    AIRTAP_TRY(const auto interfaces, interfaces_of(domain.xml));
    for (const InterfaceName& interface : interfaces) {
      const auto other = MacAddress::parse(interface.mac);
      if (other && *other == mac)
        return fail(fmt::format("MAC {} is already {}'s", mac.text(), domain.name),
                    "choose another, or leave out --mac");
    }
  }
  return {};
}

Result<std::string> free_target(const std::vector<VirtDomain>& all,
                                const std::function<bool(const std::string&)>& taken) {
  std::set<std::string> used;
  for (const VirtDomain& domain : all) {
    AIRTAP_TRY(const auto interfaces, interfaces_of(domain.xml));
    for (const InterfaceName& interface : interfaces) used.insert(interface.target);
  }
  for (unsigned number = 0;; ++number) {
    std::string name = fmt::format("airtap{}", number);
    if (!used.contains(name) && !taken(name)) return name;
  }
}

Result<std::string> free_alias(const VirtDomain& domain, const std::string& target) {
  AIRTAP_TRY(const auto interfaces, interfaces_of(domain.xml));
  std::string alias = "ua-" + target;
  while (std::ranges::find(interfaces, alias, &InterfaceName::alias) != interfaces.end())
    alias += "-x";
  return alias;
}

}  // namespace

Result<DomainChange> add_to_domain(const VirtDomain& domain, const std::vector<VirtDomain>& all,
                                   const NicOptions& options,
                                   const std::function<bool(const std::string&)>& taken) {
  AIRTAP_TRY(const std::string target, free_target(all, taken));
  DomainChange change;
  AIRTAP_TRY(change.nic, nic_from(options, target));
  AIRTAP_CHECK(check_mac(change.nic.mac, all));
  AIRTAP_TRY(change.alias, free_alias(domain, target));
  change.nic.label = change.alias;
  AIRTAP_TRY(change.before, unchanged(domain.xml));
  AIRTAP_TRY(change.after, add_nic(domain.xml, change.nic, change.alias));
  return change;
}

Result<DomainChange> remove_from_domain(const VirtDomain& domain, const NicChoice& choice,
                                        const std::vector<std::string>& claim) {
  AIRTAP_TRY(const Domain parsed, parse_domain(domain.xml, claim));
  AIRTAP_TRY(const auto interfaces, interfaces_of(domain.xml));
  std::vector<GuestNic> candidates;
  std::vector<std::string> names;
  for (const GuestNic& nic : parsed.nics) {
    const bool meant = choice.mac.empty() && choice.alias.empty() ? true
                       : choice.mac.empty()                       ? nic.label == choice.alias
                                            : MacAddress::parse(choice.mac) == nic.mac;
    names.push_back(nic.label);
    if (meant) candidates.push_back(nic);
  }
  if (names.empty())
    return fail("no interface is airtap's", "those on a network go by virsh detach-interface");
  if (candidates.empty())
    return fail(fmt::format("no interface of airtap's is {}",
                            choice.mac.empty() ? choice.alias : choice.mac),
                fmt::format("there are: {}", fmt::join(names, ", ")));
  if (candidates.size() > 1)
    return fail("several interfaces are airtap's",
                fmt::format("choose one by --alias or --mac: {}", fmt::join(names, ", ")));
  DomainChange change;
  change.nic = candidates.front();
  AIRTAP_TRY(change.before, unchanged(domain.xml));
  AIRTAP_TRY(change.after, remove_nic(domain.xml, change.nic.mac));
  return change;
}

}  // namespace airtap
