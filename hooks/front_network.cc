// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/prefilter.h"
#include "front.h"

namespace airtap::front {

namespace {

bool event_matters(std::string_view operation) {
  return is_one_of(operation, {"start", "stopped", "port-created", "port-deleted"});
}

}  // namespace

const Rules rules{.name = "airtap-network-hook",
                  .directory = "network.d",
                  .usage = "NETWORK OPERATION SUB-OPERATION EXTRA < hook-data.xml",
                  .program = AIRTAP_LIBEXECDIR "/network-hook",
                  .end_tag = "</hookData>",
                  .event_matters = event_matters,
                  .concerns_us = network_may_concern_us};

}  // namespace airtap::front
