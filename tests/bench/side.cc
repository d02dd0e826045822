// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/side.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

#include "bench/air.h"
#include "bench/relay.h"
#include "bench/sides.h"
#include "bench/sockets.h"
#include "bench/vhost.h"

namespace airtap::bench {
namespace {

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// A namespace and file systems of it for the calling thread: nothing outlives the process.
void enter_new_host() {
  if (::unshare(CLONE_NEWNET) != 0) broken("unshare");
  if (::mount("sysfs", "/sys", "sysfs", 0, nullptr) != 0) broken("mount /sys");
  if (::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr) != 0) broken("mount /sys/fs/bpf");
  if (::mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) broken("mount /run");
}

using Maker = std::function<std::unique_ptr<Side>(const std::string& kind, unsigned guests)>;

Maker airtap(Mode mode) {
  return
      [mode](const std::string& kind, unsigned guests) { return make_airtap(kind, mode, guests); };
}
Maker one_guest(std::unique_ptr<Side> (*make)(const std::string& kind)) {
  return [make](const std::string& kind, unsigned guests) {
    if (guests != 1) throw std::runtime_error(kind + " is measured with one guest only");
    return make(kind);
  };
}

const std::map<std::string, Maker>& kinds() {
  static const std::map<std::string, Maker> all{
      {"plain", make_plain},
      {"macnat", airtap(Mode::macnat)},
      {"ipvtap", airtap(Mode::ipvtap)},
      {"bridge", airtap(Mode::bridge)},
      {"stand-in", one_guest(make_stand_in)},
      {"macvtap", one_guest(make_macvtap)},
      {"raw-ipvtap", one_guest(make_raw_ipvtap)},
      {"nat", one_guest(make_nat)},
      {"nft", one_guest(make_mac_nat)},
      {"proxy-arp", one_guest(make_proxy_arp)},
      {"passt", one_guest(make_passt)},
  };
  return all;
}

constexpr std::string_view with_vhost = "+vhost";

/// "KIND-N" or "KIND", and KIND may have dashes of its own.
std::pair<std::string, unsigned> parsed(const std::string& what) {
  const auto dash = what.rfind('-');
  unsigned guests = 1;
  if (dash != std::string::npos) {
    const char* end = what.data() + what.size();
    const auto [rest, error] = std::from_chars(what.data() + dash + 1, end, guests);
    if (error == std::errc() && rest == end) return {what.substr(0, dash), guests};
  }
  return {what, 1};
}

/// The MAC that the calling thread's namespace has found for an address; zero when none.
test::Mac neighbour(const test::Sandbox& box, const std::string& ip) {
  std::istringstream words(box.output("ip neighbour show to " + ip));
  std::string word;
  while (words >> word && word != "lladdr") {
  }
  const auto mac = MacAddress::parse(words >> word ? word : "");
  return mac ? mac->bytes : test::no_mac;
}

std::string text(const test::Mac& mac) { return MacAddress{mac}.text(); }

}  // namespace

test::Mac mac_of(const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0) broken("MAC of " + device);
  test::Mac mac;
  std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  return mac;
}

Side::Side(std::string kind, GuestNetwork guest)
    : guest_(std::move(guest)), kind_(std::move(kind)) {
  enter_new_host();
  box_ = std::make_unique<test::Sandbox>();
}

std::unique_ptr<Side> Side::make(const std::string& what, const std::string& name) {
  const bool vhost = what.ends_with(with_vhost);
  const auto [kind, guests] =
      parsed(vhost ? what.substr(0, what.size() - with_vhost.size()) : what);
  const auto maker = kinds().find(kind);
  if (maker == kinds().end()) throw std::runtime_error(what + ": no such side");
  auto side = maker->second(kind, guests);
  side->name_ = name;
  side->finish(vhost);
  return side;
}

std::unique_ptr<Nic> Side::host_tap(const std::string& name) const {
  auto tap = open_tap("/dev/net/tun", name);
  box_->run("sysctl -qw net.ipv6.conf." + name + ".disable_ipv6=1");
  box_->run("ip link set " + name + " up");
  return tap;
}

std::unique_ptr<Nic> Side::queue_of(const std::string& device) const {
  box_->run("sysctl -qw net.ipv6.conf." + device + ".disable_ipv6=1");
  box_->run("ip link set " + device + " up");
  return open_tap("/dev/tap" + std::to_string(box_->ifindex(device)), device);
}

void Side::finish(bool vhost) {
  // An ipvtap's node in /dev, which all sides share, has the device's index for a name.
  if (vhost) box_->run("ip link add skipped type bridge");
  box_->connect(uplink(), "lan0");
  box_->run("ip address add " + host_ip + "/24 dev " + uplink());
  box_->run_in_lan("ip address add " + lan_ip + "/24 dev lan0");
  // Nothing but what is measured may be on the way.
  box_->run("sysctl -qw net.ipv6.conf." + uplink() + ".disable_ipv6=1");
  box_->run_in_lan("sysctl -qw net.ipv6.conf.lan0.disable_ipv6=1");
  in_lan([this] {
    lan_mac_ = mac_of("lan0");
    disown_sent_frames("lan0");
  });
  outer_ = connect_guest();
  if (vhost) outer_ = over_vhost(std::move(outer_));

  guest_space_ = test::Sandbox::make_namespace();
  in_guest([this] {
    inner_ = open_tap("/dev/net/tun", "eth0", guest_.offload);
    box_->run("sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1");
    box_->run("ip link set eth0 address " + text(guest_.mac) + " mtu " +
              std::to_string(guest_.mtu) + " up");
    box_->run("ip address add " + guest_.ip + "/24 dev eth0");
    if (!guest_.gateway.empty()) box_->run("ip route add default via " + guest_.gateway);
  });
  make_acquainted();
}

// Once, and for good: no measurement waits for ARP.
void Side::make_acquainted() {
  const Relay relay(outer(), inner());
  constexpr std::uint16_t port = 7004;  // what carries frames may have no privileges
  const std::string first_hop = guest_.gateway.empty() ? lan_ip : guest_.gateway;
  UniqueFd here, there;
  in_lan([&] { there = bound_socket(SOCK_DGRAM, port); });
  in_guest([&] { here = bound_socket(SOCK_DGRAM, port); });
  const sockaddr_in lan = endpoint(lan_ip, port);
  sockaddr_in seen{};
  bool answered = false;
  for (int i = 0; i < 250 && !answered; ++i) {
    ::sendto(here.get(), "?", 1, 0, generic(lan), sizeof(lan));
    if (!receive_from(there.get(), seen, 20)) continue;
    ::sendto(there.get(), "!", 1, 0, generic(seen), sizeof(seen));
    sockaddr_in ignored{};
    answered = receive_from(here.get(), ignored, 100);
  }
  if (!answered) throw std::runtime_error(name_ + ": guest and LAN do not reach each other");
  const std::string seen_ip = text_of(seen);
  in_lan([&] { guest_on_air_ = neighbour(*box_, seen_ip); });
  in_guest([&] { next_hop_ = neighbour(*box_, first_hop); });
  const auto keep = [&](const std::string& ip, const test::Mac& mac, const std::string& device) {
    box_->run("ip neighbour replace " + ip + " lladdr " + text(mac) + " dev " + device +
              " nud permanent");
  };
  in_lan([&] { keep(seen_ip, guest_on_air_, "lan0"); });
  in_guest([&] { keep(first_hop, next_hop_, "eth0"); });
}

}  // namespace airtap::bench
