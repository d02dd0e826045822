// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any frame off the LAN while doctor listens.
#include "kernel/lan_probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace airtap;
  static const LanQuestion question{.station = MacAddress{{2, 0, 0, 0, 1, 0}},
                                    .client = MacAddress{{2, 0, 0, 0, 9, 9}},
                                    .xid = 1,
                                    .host = IpAddress::parse("10.77.0.20").value(),
                                    .gateway = IpAddress::parse("10.77.0.1").value()};
  LanAnswers answers;
  hear(question, std::as_bytes(std::span(data, size)), answers);
  // A second one, with what the first has taught.
  hear(question, std::as_bytes(std::span(data, size)), answers);
  return 0;
}
