// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The programs as user code, with maps as user space would have filled them. For tests and fuzzers.
// One world at a time: the maps are global, as the programs know them.
#pragma once

#include <string>

#include "datapath/frames.h"
#include "datapath/user_bpf.h"

namespace airtap::test {

class UserWorld {
 public:
  static constexpr unsigned uplink = 100, bridge_port = 101;
  static unsigned port(unsigned id) { return 200 + id; }

  /// Host 10.0.0.1 and fd00::1, gateways 10.0.0.254 and fe80::fe, no guests.
  UserWorld();
  void add_guest(unsigned id, unsigned flags, unsigned quota = 4);

  struct Outcome {
    std::uint32_t verdict = 0, mark = 0;
    Frame frame;
    std::vector<bpf::Sent> clones;
    std::uint32_t redirect_ifindex = 0;
    bool redirect_ingress = false;
    bool tagged = false;  ///< by the time it ended
  };

  /// `device`: a guest's id, 0 for the uplink or the bridge port. `linear`: how much of the frame
  /// is not in page fragments.
  Outcome run(const std::string& program, unsigned device, const Frame& in, std::uint32_t mark = 0,
              std::uint32_t linear = 0xffffffff);

  static std::uint64_t drops(unsigned id, const std::string& reason);
  /// The owner of an address; 0: nobody.
  static std::uint32_t owner(const std::string& address);
  static airtap_address_key to_key(const std::string& address);
};

}  // namespace airtap::test
