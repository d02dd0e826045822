// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/nic_options.h"

#include <sys/random.h>

#include <CLI/CLI.hpp>
#include <cerrno>

#include "model/if_name.h"

namespace airtap {

namespace {

/// In QEMU's own range, 52:54:00, as libvirt chooses.
Result<MacAddress> random_mac() {
  MacAddress mac{{0x52, 0x54, 0x00}};
  if (::getrandom(&mac.bytes[3], 3, 0) != 3) return fail_errno("getrandom", errno);
  return mac;
}

Result<std::optional<Mode>> mode_from(const NicOptions& options) {
  if (!options.mode) return std::nullopt;
  AIRTAP_TRY(const Mode mode, parse_mode(*options.mode));
  return mode;
}

Result<> check_uplink_name(const NicOptions& options) {
  if (!options.uplink) return {};
  if (auto name = IfName::parse(*options.uplink); !name)
    return fail(name.error().within("--uplink"));
  return {};
}

}  // namespace

void add_wish_options(CLI::App& command, NicOptions& options) {
  command.add_option("--mode", options.mode, "auto, macnat, 4addr, ipvtap, bridge or station");
  command.add_option("--uplink", options.uplink, "The device that leads to the LAN");
  command
      .add_option("--addresses", options.addresses, "Most IP addresses a guest may use at one time")
      ->check(CLI::Range(1, 64));
  command.add_flag("--isolate", options.isolate, "No traffic with other guests");
  command.add_flag("--allow-server", options.allow_server,
                   "The guest may answer DHCP requests and send router advertisements");
}

void add_device_options(CLI::App& command, NicOptions& options) {
  command.add_option("--mac", options.mac, "The guest's MAC (default: one by chance)");
  command.add_option("--queues", options.queues, "Queues of the device")->check(CLI::Range(1, 256));
  command.add_option("--mtu", options.mtu, "Smaller than the uplink's")
      ->check(CLI::Range(68, 65535));
}

Result<GuestNic> nic_from(const NicOptions& options, const std::string& target) {
  AIRTAP_CHECK(check_uplink_name(options));
  GuestNic nic;
  nic.target = target;
  nic.device_is_ours = true;
  if (options.mac) {
    AIRTAP_TRY(nic.mac, MacAddress::parse(*options.mac));
  } else {
    AIRTAP_TRY(nic.mac, random_mac());
  }
  nic.label = nic.mac.text();
  AIRTAP_TRY(nic.mode, mode_from(options));
  nic.mode_from = "--mode";
  nic.uplink = options.uplink;
  nic.addresses = options.addresses;
  nic.isolate = options.isolate;
  nic.allow_server = options.allow_server;
  nic.queues = options.queues;
  nic.mtu = options.mtu;
  return nic;
}

Result<Network> network_from(const NicOptions& options, const std::string& name) {
  AIRTAP_CHECK(check_uplink_name(options));
  Network network;
  network.name = name;
  AIRTAP_TRY(network.mode, mode_from(options));
  network.uplink = options.uplink;
  network.addresses = options.addresses;
  network.isolate = network.ports_isolated = options.isolate;
  network.allow_server = options.allow_server;
  return network;
}

}  // namespace airtap
