// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/resource.h>

#include <algorithm>

#include "bench/sides.h"
#include "datapath/frames.h"

namespace airtap::bench {

std::vector<std::string> addresses_of(unsigned guest) {
  std::vector<std::string> addresses;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned number = 4 * guest + i;
    addresses.push_back("10.10." + std::to_string(number / 250) + "." +
                        std::to_string(1 + number % 250));
  }
  return addresses;
}

void announce(Nic& nic, unsigned guest) {
  using test::operator+;
  const test::Mac mac = test::guest_mac(guest);
  for (const auto& address : addresses_of(guest)) {
    const test::Frame frame = test::Frame(header_size) +
                              test::ethernet(test::broadcast, mac, test::type_arp,
                                             test::arp(1, mac, address, test::no_mac, address));
    nic.send(frame.data(), frame.size());
  }
}

void allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace airtap::bench
