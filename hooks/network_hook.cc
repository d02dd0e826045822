// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_hook.h"

#include "report.h"

namespace airtap {

Result<> run_network_hook(const NetworkCall& call, const NetworkDocument& document,
                          Session& session) {
  const Network& network = document.network;
  const std::string name = "network " + network.name;
  if (call.operation == "start") {
    auto started = session.start_network(network, call.starter);
    return started ? started : fail(started.error().within(name));
  }
  if (call.operation == "stopped") report(name, session.detach(network.uuid));
  if (!document.port) return {};
  const NetworkPort& port = *document.port;
  if (call.operation == "port-created") {
    auto attached = session.attach_port(network, port, call.starter);
    return attached ? attached : fail(attached.error().within(port.domain_name));
  }
  if (call.operation == "port-deleted")
    report(port.domain_name, session.detach(port.domain_uuid, port.uuid));
  return {};
}

}  // namespace airtap
