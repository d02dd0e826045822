// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the kernel has for it by itself.

#include "bench/sides.h"

namespace airtap::bench {
namespace {

class PlainSide final : public Side {
 public:
  PlainSide(const std::string& kind, unsigned guests) : Side(kind), guests_(guests) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    box_->run("ip link add br0 type bridge stp_state 0 forward_delay 0");
    box_->run("ip link set " + uplink() + " master br0");
    box_->run("ip address flush dev " + uplink());
    box_->run("ip address add " + host_ip + "/24 dev br0");
    box_->run("ip link set br0 up");
    allow_many_files();
    auto first = plug("tap1");
    for (unsigned guest = 2; guest <= guests_; ++guest) {
      crowd_.push_back(plug("tap" + std::to_string(guest)));
      announce(*crowd_.back(), guest);
    }
    return first;
  }

  std::unique_ptr<Nic> plug(const std::string& name) const {
    auto tap = host_tap(name);
    box_->run("ip link set " + name + " master br0");
    return tap;
  }

  unsigned guests_;
  std::vector<std::unique_ptr<Nic>> crowd_;
};

/// The queue between kernel and QEMU that an ipvtap has, too. The LAN then sees the guest's own
/// MAC, as behind the bridge.
class MacvtapSide final : public Side {
 public:
  explicit MacvtapSide(const std::string& kind) : Side(kind) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    // /dev has one tapN for all namespaces, so the index must not be another side's.
    box_->run("ip link add link " + uplink() + " name macvtap0 index 4000 address " +
              MacAddress{guest_.mac}.text() + " type macvtap mode bridge");
    return queue_of("macvtap0");
  }
};

/// Knows its guest by an address that the host has, too, and by the uplink's MAC: no DHCP, and no
/// traffic between host and guest.
class RawIpvtapSide final : public Side {
 public:
  explicit RawIpvtapSide(const std::string& kind) : Side(kind) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    box_->run("ip link add link " + uplink() + " name ipvtap0 index 4001 type ipvtap mode l2");
    guest_.mac = mac_of(uplink());
    box_->run("ip address add " + guest_.ip + "/32 dev ipvtap0");
    return queue_of("ipvtap0");
  }
};

}  // namespace

std::unique_ptr<Side> make_plain(const std::string& kind, unsigned guests) {
  return std::make_unique<PlainSide>(kind, guests);
}
std::unique_ptr<Side> make_macvtap(const std::string& kind) {
  return std::make_unique<MacvtapSide>(kind);
}
std::unique_ptr<Side> make_raw_ipvtap(const std::string& kind) {
  return std::make_unique<RawIpvtapSide>(kind);
}

}  // namespace airtap::bench
