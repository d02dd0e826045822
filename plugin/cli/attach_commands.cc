// SPDX-License-Identifier: LGPL-2.1-or-later
//
// attach and detach: a domain's definition and, with --live, the domain that runs.
#include <fmt/format.h>
#include <net/if.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <thread>

#include "cli/attachment.h"
#include "cli/commands.h"
#include "cli/diff.h"
#include "cli/with_libvirt.h"
#include "cli/with_session.h"
#include "domain/domain_xml.h"
#include "domain/write_xml.h"

namespace airtap {

namespace {

struct Options {
  std::string domain;
  NicOptions nic;
  NicChoice choice;
  bool live = false;
  bool dry_run = false;
};

Result<VirtDomain> find_domain(Hypervisor& libvirt, const Options& options) {
  AIRTAP_TRY(VirtDomain domain, libvirt.domain(options.domain));
  if (!domain.persistent)
    return fail(domain.name + ": it has no definition to change: it is transient",
                "virsh define it first");
  if (options.live && !domain.running)
    return fail(domain.name + ": it is not running", "leave out --live");
  return domain;
}

/// Could it start? Of a domain that runs only the new NIC can be asked about: the others are in
/// use.
Result<> check_start(Session& session, const Config& config, const VirtDomain& domain,
                     const DomainChange& change) {
  AIRTAP_TRY(Domain after, parse_domain(change.after, config.claim));
  if (domain.running) after.nics = {change.nic};
  AIRTAP_TRY(const Plan plan, session.plan(after));
  return {};
}

Result<> plug(Session& session, Hypervisor& libvirt, const VirtDomain& domain,
              const DomainChange& change) {
  AIRTAP_CHECK(session.up(change.nic, DomainName{domain.name, domain.uuid}));
  auto plugged = libvirt.plug(domain, interface_xml(change.nic, change.alias));
  if (plugged) return {};
  if (const auto name = IfName::parse(change.nic.target)) static_cast<void>(session.down(*name));
  return plugged;
}

Result<int> attach(const Options& options) {
  return with_session([&](Session& session, const Config& config) -> Result<int> {
    AIRTAP_TRY(const auto libvirt, connect_libvirt());
    AIRTAP_TRY(const VirtDomain domain, find_domain(*libvirt, options));
    AIRTAP_TRY(const auto all, libvirt->domains());
    const auto in_domain = [&](const Error& error) { return fail(error.within(domain.name)); };
    const auto change = add_to_domain(domain, all, options.nic, [](const std::string& name) {
      return ::if_nametoindex(name.c_str()) != 0;
    });
    if (!change) return in_domain(change.error());
    if (auto works = check_start(session, config, domain, *change); !works)
      return in_domain(works.error());
    if (options.dry_run) {
      std::cout << unified_diff(change->before, change->after, domain.name);
      return 0;
    }
    AIRTAP_CHECK(libvirt->define_domain(change->after));
    if (options.live) {
      if (auto plugged = plug(session, *libvirt, domain, *change); !plugged) {
        // All or nothing.
        static_cast<void>(libvirt->define_domain(domain.xml));
        return in_domain(plugged.error());
      }
    }
    std::cout << fmt::format("{}: {}: {}, MAC {}{}\n", domain.name, change->alias,
                             change->nic.target, change->nic.mac.text(),
                             domain.running && !options.live ? ", from its next start on" : "");
    return 0;
  });
}

/// libvirt asks the guest, which lets go when it has done with the device.
Result<> unplug(Session& session, Hypervisor& libvirt, const VirtDomain& domain,
                const GuestNic& nic) {
  constexpr auto patience = std::chrono::seconds(10);
  const auto is_there = [&]() -> Result<bool> {
    AIRTAP_TRY(const std::string xml, libvirt.running_xml(domain));
    AIRTAP_TRY(const auto interfaces, interfaces_of(xml));
    for (const InterfaceName& interface : interfaces)
      if (MacAddress::parse(interface.mac) == nic.mac) return true;
    return false;
  };
  AIRTAP_TRY(bool there, is_there());
  if (there) AIRTAP_CHECK(libvirt.unplug(domain, interface_xml(nic, {})));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (there && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    AIRTAP_TRY(there, is_there());
  }
  if (there)
    return fail(fmt::format("{}: {}: the guest has not let go of it yet", domain.name, nic.label),
                fmt::format("once it has: airtap down {}", nic.target));
  AIRTAP_TRY(const IfName device, IfName::parse(nic.target));
  // libvirt itself takes away what it has made.
  if (!nic.device_is_ours) return {};
  AIRTAP_TRY(const Cleanup cleanup, session.down(device));
  for (const Error& problem : cleanup.problems) return fail(problem);
  return {};
}

Result<int> detach(const Options& options) {
  return with_session([&](Session& session, const Config& config) -> Result<int> {
    AIRTAP_TRY(const auto libvirt, connect_libvirt());
    AIRTAP_TRY(const VirtDomain domain, find_domain(*libvirt, options));
    const auto change = remove_from_domain(domain, options.choice, config.claim);
    if (!change) return fail(change.error().within(domain.name));
    if (options.dry_run) {
      std::cout << unified_diff(change->before, change->after, domain.name);
      return 0;
    }
    AIRTAP_CHECK(libvirt->define_domain(change->after));
    std::cout << fmt::format("{}: {}: removed{}\n", domain.name, change->nic.label,
                             domain.running && !options.live ? ", from its next start on" : "");
    if (options.live) AIRTAP_CHECK(unplug(session, *libvirt, domain, change->nic));
    return 0;
  });
}

void add_common(CLI::App& command, Options& options) {
  command.add_option("domain", options.domain, "Name or UUID")->required();
  command.add_flag("--live", options.live, "Also in the domain that runs");
  command.add_flag("--dry-run", options.dry_run, "Print the change, make none");
}

}  // namespace

void add_attach_commands(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("attach", "Give a domain one more interface of airtap's");
  add_common(*command, *options);
  add_wish_options(*command, options->nic);
  add_device_options(*command, options->nic);
  command->callback([options, &run] { run = [options] { return attach(*options); }; });

  auto* detach_command = app.add_subcommand("detach", "Take such an interface from a domain");
  add_common(*detach_command, *options);
  detach_command->add_option("--mac", options->choice.mac, "Which one, by its MAC");
  detach_command->add_option("--alias", options->choice.alias, "Which one, by its user alias");
  detach_command->callback([options, &run] { run = [options] { return detach(*options); }; });
}

}  // namespace airtap
