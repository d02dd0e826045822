// SPDX-License-Identifier: LGPL-2.1-or-later
//
// list: every interface of airtap's that libvirt knows, of domains that run and of those that do
// not.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/commands.h"
#include "cli/table.h"
#include "cli/with_libvirt.h"
#include "cli/with_session.h"
#include "domain/domain_xml.h"
#include "domain/network_xml.h"

namespace airtap {

namespace {

struct Row {
  std::string domain, uuid;
  bool running = false;
  std::string nic, mac, mode, uplink, device, network;
  std::vector<std::string> addresses;
};

using Networks = std::map<std::string, std::optional<Network>>;

/// The network of that name as airtap's, asked for once.
Result<const Network*> our_network(Hypervisor& libvirt, const std::string& name, Networks& known) {
  if (!known.contains(name)) {
    known[name] = std::nullopt;
    AIRTAP_TRY(const auto network, libvirt.network(name));
    const auto document = network ? parse_network(network->xml) : std::nullopt;
    if (document && *document) known[name] = (*document)->network;
  }
  return known[name] ? &*known[name] : nullptr;
}

void fill_in(Row& row, const Status& status) {
  for (const NicStatus& now : status.nics) {
    if (now.uuid != row.uuid || now.nic.mac.text() != row.mac) continue;
    row.mode = to_text(now.nic.mode);
    row.uplink = now.nic.uplink.text();
    row.device = now.nic.target.text();
    for (const LearnedAddress& learned : now.datapath.addresses)
      row.addresses.push_back(learned.address.text());
  }
}

Result<> add_rows(std::vector<Row>& rows, const VirtDomain& domain, Hypervisor& libvirt,
                  const Config& config, Networks& networks) {
  const Row of_domain{.domain = domain.name, .uuid = domain.uuid, .running = domain.running};
  const auto parsed = parse_domain(domain.xml, config.claim);
  if (!parsed) std::cerr << "airtap: " << domain.name << ": " << parsed.error().line() << "\n";
  for (const GuestNic& nic : parsed ? parsed->nics : std::vector<GuestNic>()) {
    Row row = of_domain;
    row.nic = nic.label;
    row.mac = nic.mac.text();
    row.mode = to_text(nic.mode.value_or(config.mode));
    row.uplink = nic.uplink.value_or(config.uplink.value_or(""));
    row.device = nic.target;
    rows.push_back(std::move(row));
  }
  AIRTAP_TRY(const auto interfaces, interfaces_of(domain.xml));
  for (const InterfaceName& interface : interfaces) {
    if (interface.type != "network") continue;
    AIRTAP_TRY(const Network* network, our_network(libvirt, interface.network, networks));
    if (network == nullptr) continue;
    Row row = of_domain;
    row.nic = row.mac = interface.mac;
    row.mode = to_text(network->mode.value_or(config.mode));
    row.uplink = network->uplink.value_or("");
    row.network = interface.network;
    rows.push_back(std::move(row));
  }
  return {};
}

Result<std::vector<Row>> all_rows() {
  std::vector<Row> rows;
  const auto gathered = with_session([&](Session& session, const Config& config) -> Result<int> {
    AIRTAP_TRY(const auto libvirt, connect_libvirt());
    AIRTAP_TRY(const auto domains, libvirt->domains());
    Networks networks;
    for (const VirtDomain& domain : domains)
      AIRTAP_CHECK(add_rows(rows, domain, *libvirt, config, networks));
    AIRTAP_TRY(const Status status, session.status());
    for (const Error& problem : status.problems) std::cerr << "airtap: " << problem.line() << "\n";
    for (Row& row : rows)
      if (row.running) fill_in(row, status);
    return 0;
  });
  if (!gathered) return fail(gathered.error());
  return rows;
}

nlohmann::json json_of(const Row& row) {
  return {{"domain", row.domain},   {"uuid", row.uuid},
          {"running", row.running}, {"nic", row.nic},
          {"mac", row.mac},         {"mode", row.mode},
          {"uplink", row.uplink},   {"device", row.device},
          {"network", row.network}, {"addresses", row.addresses}};
}

Result<int> list(bool json) {
  AIRTAP_TRY(const auto rows, all_rows());
  if (json) {
    nlohmann::json document{{"version", 1}, {"interfaces", nlohmann::json::array()}};
    for (const Row& row : rows) document["interfaces"].push_back(json_of(row));
    std::cout << document.dump(2) << "\n";
    return 0;
  }
  Table table{{"DOMAIN", "STATE", "INTERFACE", "MODE", "UPLINK", "DEVICE", "NETWORK", "ADDRESSES"}};
  for (const Row& row : rows)
    table.push_back({row.domain, row.running ? "running" : "off", row.nic, row.mode, row.uplink,
                     row.device, row.network, fmt::format("{}", fmt::join(row.addresses, " "))});
  std::cout << text_of(table);
  return 0;
}

}  // namespace

void add_list_command(CLI::App& app, Run& run) {
  auto json = std::make_shared<bool>(false);
  auto* command =
      app.add_subcommand("list", "List the interfaces of all domains that are airtap's");
  command->add_flag("--json", *json, "Print JSON");
  command->callback([json, &run] { run = [json] { return list(*json); }; });
}

}  // namespace airtap
