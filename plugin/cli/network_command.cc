// SPDX-License-Identifier: LGPL-2.1-or-later
//
// network define, network undefine: the libvirt network that guests name in <source network='…'/>.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/nic_options.h"
#include "cli/with_libvirt.h"
#include "cli/with_session.h"
#include "domain/domain_xml.h"
#include "domain/network_xml.h"
#include "domain/write_xml.h"

namespace airtap {

namespace {

struct Options {
  std::string name = "airtap";
  NicOptions wishes;
  bool dry_run = false;
};

/// The network of that name, if it is there and airtap's.
Result<std::optional<VirtNetwork>> find_ours(Hypervisor& libvirt, const std::string& name) {
  AIRTAP_TRY(auto network, libvirt.network(name));
  if (!network) return std::nullopt;
  AIRTAP_TRY(const auto document, parse_network(network->xml));
  if (!document)
    return fail(fmt::format("network {} is not airtap's", name), "choose another with --name");
  return network;
}

/// Defined, running, started at boot. A new one that cannot run is not left behind.
Result<> put_in_place(Hypervisor& libvirt, const std::optional<VirtNetwork>& before,
                      const std::string& name, const std::string& xml) {
  AIRTAP_CHECK(libvirt.define_network(xml));
  AIRTAP_TRY(const auto now, find_ours(libvirt, name));
  if (!now) return fail("network " + name + " is gone again");
  // Its guests would be cut off; they and the new definition meet at its next start.
  if (before && before->running && before->ports > 0) {
    std::cout << fmt::format(
        "network {0}: {1} on it now; changes come with: virsh net-destroy {0}; virsh net-start "
        "{0}\n",
        name, before->ports == 1 ? "a guest is" : fmt::format("{} guests are", before->ports));
    return {};
  }
  Result<> started;
  if (now->running) started = libvirt.stop_network(*now);
  if (started) started = libvirt.start_network(*now);
  if (started) return libvirt.set_network_autostart(*now);
  if (before) {
    static_cast<void>(libvirt.define_network(before->xml));
    if (before->running) static_cast<void>(libvirt.start_network(*before));
  } else {
    static_cast<void>(libvirt.undefine_network(*now));
  }
  return started;
}

Result<int> define(const Options& options) {
  return with_session([&](Session& session, const Config&) -> Result<int> {
    AIRTAP_TRY(Network network, network_from(options.wishes, options.name));
    if (!network.mode) network.mode = Mode::automatic;
    auto complete = session.complete(network);
    if (!complete) return fail(complete.error().within("network " + network.name));
    network = std::move(*complete);
    if (options.dry_run) {
      std::cout << network_xml(network);
      return 0;
    }
    AIRTAP_TRY(const auto libvirt, connect_libvirt());
    AIRTAP_TRY(const auto before, find_ours(*libvirt, network.name));
    if (before) network.uuid = before->uuid;
    AIRTAP_CHECK(put_in_place(*libvirt, before, network.name, network_xml(network)));
    std::cout << fmt::format(
        "network {0}: mode {1} on {2}; guests join it by <source "
        "network='{0}'/>\n",
        network.name, to_text(*network.mode), *network.uplink);
    return 0;
  });
}

Result<int> undefine(const Options& options) {
  AIRTAP_TRY(const auto libvirt, connect_libvirt());
  AIRTAP_TRY(const auto network, find_ours(*libvirt, options.name));
  if (!network) return fail("there is no network " + options.name, "see 'virsh net-list --all'");
  if (network->running && network->ports > 0)
    return fail(fmt::format("network {}: {} on it", options.name,
                            network->ports == 1 ? "a guest is"
                                                : fmt::format("{} guests are", network->ports)),
                "stop them or take their interfaces out first");
  if (options.dry_run) {
    std::cout << network->xml;
    return 0;
  }
  if (network->running) AIRTAP_CHECK(libvirt->stop_network(*network));
  AIRTAP_CHECK(libvirt->undefine_network(*network));
  AIRTAP_TRY(const auto domains, libvirt->domains());
  for (const VirtDomain& domain : domains) {
    AIRTAP_TRY(const auto interfaces, interfaces_of(domain.xml));
    for (const InterfaceName& interface : interfaces)
      if (interface.network == options.name)
        std::cerr << fmt::format("airtap: {}: {}: its network {} is gone\n", domain.name,
                                 interface.mac, options.name);
  }
  return 0;
}

void add_common(CLI::App& command, Options& options) {
  command.add_option("--name", options.name, "Name of the network")->capture_default_str();
  command.add_flag("--dry-run", options.dry_run, "Print the network's XML, change nothing");
}

}  // namespace

void add_network_command(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("network", "A libvirt network that puts every guest on it on the LAN");
  command->require_subcommand(1);

  auto* define_command = command->add_subcommand(
      "define", "Define and start it, or change it; libvirt starts it at boot from then on");
  add_common(*define_command, *options);
  add_wish_options(*define_command, options->wishes);
  define_command->callback([options, &run] { run = [options] { return define(*options); }; });

  auto* undefine_command = command->add_subcommand("undefine", "Stop and remove it");
  add_common(*undefine_command, *options);
  undefine_command->callback([options, &run] { run = [options] { return undefine(*options); }; });
}

}  // namespace airtap
