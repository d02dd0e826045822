// SPDX-License-Identifier: LGPL-2.1-or-later
#include "datapath/user_world.h"

#include <stdexcept>

#include "datapath/user_datapath.h"

namespace airtap::test {
namespace {

int (*find(const std::string& program))(bpf::UserFrame*) {
  if (program == "from_air") return bpf::from_air;
  if (program == "from_host") return bpf::from_host;
  if (program == "from_bridge") return bpf::from_bridge;
  if (program == "from_tap") return bpf::from_tap;
  if (program == "to_tap") return bpf::to_tap;
  if (program == "from_ipvtap") return bpf::from_ipvtap;
  if (program == "to_ipvtap") return bpf::to_ipvtap;
  if (program == "ask_for_broadcast") return bpf::ask_for_broadcast;
  if (program == "restore_group") return bpf::restore_group;
  throw std::invalid_argument(program);
}

void own(const std::string& address, std::uint32_t owner) {
  bpf::addresses.at(UserWorld::to_key(address)) = {owner, 0, 0};
}

}  // namespace

UserWorld::UserWorld() {
  bpf::forget_everything();
  airtap_settings settings{};
  settings.uplink_ifindex = uplink;
  settings.bridge_port_ifindex = bridge_port;
  settings.bridge_takes_tags = 1;
  std::copy(station.begin(), station.end(), settings.station_mac);
  bpf::settings.at(0) = settings;
  own("10.0.0.1", AIRTAP_OWNER_HOST);
  own("fd00::1", AIRTAP_OWNER_HOST);
  own("10.0.0.254", AIRTAP_OWNER_GATEWAY);
  own("fe80::fe", AIRTAP_OWNER_GATEWAY);
  own("10.0.0.255", AIRTAP_OWNER_BROADCAST);
}

void UserWorld::add_guest(unsigned id, unsigned flags, unsigned quota) {
  const Mac mac = guest_mac(id);
  airtap_guest guest{};
  std::copy(mac.begin(), mac.end(), guest.mac);
  guest.flags = static_cast<__u16>(flags);
  guest.port_ifindex = port(id);
  guest.quota = quota;
  bpf::guests.at(id) = guest;
  bpf::ports.at(port(id)) = id;
  airtap_mac_key key{};
  std::copy(mac.begin(), mac.end(), key.mac);
  bpf::macs.at(key) = id;
  bpf::settings.at(0).guest_count++;
  if (flags & AIRTAP_GUEST_IPVTAP) {
    bpf::ipvtaps.at(port(id)) = id;
    bpf::settings.at(0).ipvtap_count++;
  }
}

UserWorld::Outcome UserWorld::run(const std::string& program, unsigned device, const Frame& in,
                                  std::uint32_t mark, std::uint32_t linear) {
  bpf::recorded = {};
  bpf::UserFrame frame(in, linear);
  frame.mark = mark;
  frame.ifindex = device ? port(device) : (program == "from_bridge" ? bridge_port : uplink);
  const int verdict = find(program)(&frame);
  return {static_cast<std::uint32_t>(verdict),
          frame.mark,
          frame.bytes(),
          bpf::recorded.clones,
          bpf::recorded.redirect_ifindex,
          bpf::recorded.redirect_ingress,
          frame.vlan_present != 0};
}

std::uint64_t UserWorld::drops(unsigned id, const std::string& reason) {
  static const char* const names[] = {
#define AIRTAP_X(upper, lower) #lower,
      AIRTAP_DROP_REASONS(AIRTAP_X)
#undef AIRTAP_X
  };
  for (unsigned i = 0; i < AIRTAP_DROP_COUNT; ++i) {
    if (reason == names[i]) return bpf::counters.at(id).drops[i];
  }
  throw std::invalid_argument(reason);
}

std::uint32_t UserWorld::owner(const std::string& address) {
  const auto key = to_key(address);
  const auto* found = bpf::addresses.find(&key);
  return found ? found->owner : 0;
}

airtap_address_key UserWorld::to_key(const std::string& address) {
  const Frame text = ip(address);
  airtap_address_key key{};
  if (text.size() == 4) key.ip[10] = key.ip[11] = 0xff;
  std::copy(text.begin(), text.end(), key.ip + 16 - text.size());
  return key;
}

}  // namespace airtap::test
