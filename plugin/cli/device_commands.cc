// SPDX-License-Identifier: LGPL-2.1-or-later
//
// up and down: a device for `virsh attach-device`, because libvirt runs no hook then.
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/nic_options.h"
#include "cli/with_session.h"
#include "domain/write_xml.h"

namespace airtap {

namespace {

struct Options {
  std::string device;
  NicOptions nic;
};

Result<int> up(const Options& options) {
  return with_session([&](Session& session, const Config&) -> Result<int> {
    AIRTAP_TRY(const GuestNic nic, nic_from(options.nic, options.device));
    auto made = session.up(nic, std::nullopt);
    if (!made) return fail(made.error().within(options.device));
    std::cout << interface_xml(nic, {});
    return 0;
  });
}

Result<int> down(const std::string& device) {
  return with_session([&](Session& session, const Config&) -> Result<int> {
    AIRTAP_TRY(const IfName name, IfName::parse(device));
    AIRTAP_TRY(const Cleanup cleanup, session.down(name));
    for (const Error& problem : cleanup.problems) std::cerr << "airtap: " << problem.line() << "\n";
    return cleanup.problems.empty() ? 0 : 1;
  });
}

}  // namespace

void add_device_commands(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* up_command = app.add_subcommand(
      "up", "Make a device to plug into a running guest; print the XML for virsh attach-device");
  up_command->add_option("device", options->device, "Its name, such as airtap3")->required();
  add_wish_options(*up_command, options->nic);
  add_device_options(*up_command, options->nic);
  up_command->callback([options, &run] { run = [options] { return up(*options); }; });

  auto* down_command =
      app.add_subcommand("down", "Remove a device that is plugged into no guest any more");
  down_command->add_option("device", options->device, "Its name")->required();
  down_command->callback([options, &run] { run = [options] { return down(options->device); }; });
}

}  // namespace airtap
