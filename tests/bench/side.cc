// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/side.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/air.h"
#include "bench/relay.h"
#include "kernel/bpf_datapath.h"
#include "kernel/real_kernel.h"
#include "session/session.h"

namespace airtap::bench {
namespace {

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// Opened like QEMU does: with a virtio header, taking segments that are still to be cut and
/// checksums that are still to be computed.
UniqueFd open_tap(const std::string& node, const std::string& name) {
  UniqueFd fd(::open(node.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) broken(node);
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) broken("TUNSETIFF " + name);
  const unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  if (::ioctl(fd.get(), TUNSETOFFLOAD, offloads) != 0) broken("TUNSETOFFLOAD " + name);
  return fd;
}

test::Mac mac_of(const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0) broken("MAC of " + device);
  test::Mac mac;
  std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  return mac;
}

/// A namespace and file systems of it for the calling thread: nothing outlives the process.
void enter_new_host() {
  if (::unshare(CLONE_NEWNET) != 0) broken("unshare");
  if (::mount("sysfs", "/sys", "sysfs", 0, nullptr) != 0) broken("mount /sys");
  if (::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr) != 0) broken("mount /sys/fs/bpf");
  if (::mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) broken("mount /run");
}

class PlainSide final : public Side {
 public:
  explicit PlainSide(std::string name) : Side(std::move(name)) {}

 private:
  UniqueFd connect_guest() override {
    box_->run("ip link add br0 type bridge stp_state 0 forward_delay 0");
    box_->run("ip link set " + uplink() + " master br0");
    box_->run("ip address flush dev " + uplink());
    box_->run("ip address add " + host_ip + "/24 dev br0");
    UniqueFd tap = open_tap("/dev/net/tun", "tap0");
    box_->run("sysctl -qw net.ipv6.conf.tap0.disable_ipv6=1");
    box_->run("ip link set tap0 master br0 up");
    box_->run("ip link set br0 up");
    return tap;
  }
};

/// The very start of a domain, without libvirt.
class AirtapSide final : public Side {
 public:
  AirtapSide(std::string name, Mode mode) : Side(std::move(name)), mode_(mode) {}

 private:
  UniqueFd connect_guest() override {
    const auto kernel = RealKernel::open();
    if (!kernel) throw std::runtime_error(kernel.error().line());
    const ProcProcesses processes;
    Session session((*kernel)->seam(), Config{}, RecordStore("/run/airtap"), processes);
    GuestNic nic{.label = "ua-bench",
                 .mac = MacAddress{guest_mac},
                 .target = "airtap0",
                 .device_is_ours = true};
    nic.mode = mode_;
    nic.uplink = uplink();
    const Domain domain{name(), "00000000-0000-0000-0000-000000000001", {nic}};
    const ProcessId self = processes.identify(::getpid()).value();
    if (const auto made = session.attach(domain, Stage::both, self); !made) {
      throw std::runtime_error(made.error().line());
    }
    box_->run("ip link set airtap0 up");
    const bool is_ipvtap = mode_ == Mode::ipvtap;
    return open_tap(
        is_ipvtap ? "/dev/tap" + std::to_string(box_->ifindex("airtap0")) : "/dev/net/tun",
        "airtap0");
  }

  Mode mode_;
};

/// As it comes, without us: the queue between kernel and QEMU that an ipvtap has, too. The LAN then
/// sees the guest's own MAC, as behind the bridge.
class MacvtapSide final : public Side {
 public:
  explicit MacvtapSide(std::string name) : Side(std::move(name)) {}

 private:
  UniqueFd connect_guest() override {
    // /dev has one tapN for all namespaces, so the index must not be another side's.
    box_->run("ip link add link " + uplink() + " name macvtap0 index 4000 address " +
              MacAddress{guest_mac}.text() + " type macvtap mode bridge");
    box_->run("sysctl -qw net.ipv6.conf.macvtap0.disable_ipv6=1");
    box_->run("ip link set macvtap0 up");
    return open_tap("/dev/tap" + std::to_string(box_->ifindex("macvtap0")), "macvtap0");
  }
};

/// For a kernel without ipvlan: the same queue (drivers/net/tap.c) and the same hooks. Neither
/// driver's own transmit or receive path is reached while our programs are on it.
class StandInSide final : public Side {
 public:
  explicit StandInSide(std::string name) : Side(std::move(name)) {}

 private:
  UniqueFd connect_guest() override {
    box_->run("ip link add airup-up type veth peer name airin-up");
    box_->run("ip link set airup-up up");
    box_->run("ip link add link airup-up name airtap0 type macvtap mode bridge");
    box_->run("sysctl -qw net.ipv6.conf.airtap0.disable_ipv6=1");
    const IfName up = *IfName::parse(uplink()), device = *IfName::parse("airtap0");
    const DatapathGuest guest{.id = 1,
                              .mac = MacAddress{guest_mac},
                              .port_ifindex = box_->ifindex("airtap0"),
                              .port_is_ipvtap = true,
                              .translate = true,
                              .address_quota = 8};
    DatapathSettings settings{.uplink_ifindex = box_->ifindex(uplink()),
                              .station_mac = MacAddress{mac_of(uplink())},
                              .host = {*IpAddress::parse(host_ip)}};
    BpfDatapath datapath;
    for (const auto& step :
         {datapath.load(up), datapath.configure(up, settings),
          datapath.attach(up, up, Attachment::air), datapath.add_guest(up, guest),
          datapath.attach(up, device, Attachment::ipvtap)}) {
      if (!step) throw std::runtime_error(step.error().line());
    }
    box_->run("ip link set airtap0 up");
    return open_tap("/dev/tap" + std::to_string(guest.port_ifindex), "airtap0");
  }
};

}  // namespace

Side::Side(std::string name) : name_(std::move(name)) {
  enter_new_host();
  box_ = std::make_unique<test::Sandbox>();
}

std::unique_ptr<Side> Side::make(const std::string& what, const std::string& name) {
  std::unique_ptr<Side> side;
  if (what == "plain") {
    side = std::make_unique<PlainSide>(name);
  } else if (what == "macvtap") {
    side = std::make_unique<MacvtapSide>(name);
  } else if (what == "stand-in") {
    side = std::make_unique<StandInSide>(name);
  } else {
    side = std::make_unique<AirtapSide>(name, what == "ipvtap" ? Mode::ipvtap : Mode::macnat);
  }
  side->finish();
  return side;
}

void Side::finish() {
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

  guest_space_ = test::Sandbox::make_namespace();
  in_guest([this] {
    inner_ = open_tap("/dev/net/tun", "eth0");
    box_->run("sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1");
    box_->run("ip link set eth0 address 52:54:00:00:00:01 up");
    box_->run("ip address add " + guest_ip + "/24 dev eth0");
  });
  make_acquainted();
}

// Once, and for good: no measurement waits for ARP.
void Side::make_acquainted() {
  const Relay relay(outer(), inner());
  std::string shown;
  in_lan([&] {
    const test::UdpSocket socket(9);
    for (int i = 0; i < 50 && shown.find("lladdr") == std::string::npos; ++i) {
      socket.send(guest_ip, 9, test::Frame(1));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      shown = box_->output("ip neighbour show to " + guest_ip);
    }
    std::string mac;
    std::istringstream words(shown);
    while (words >> mac && mac != "lladdr") {
    }
    const auto parsed = words >> mac ? MacAddress::parse(mac) : MacAddress::parse("");
    if (!parsed) throw std::runtime_error(name_ + ": the LAN does not find the guest");
    guest_on_air_ = parsed->bytes;
    box_->run("ip neighbour replace " + guest_ip + " lladdr " + mac + " dev lan0 nud permanent");
  });
  in_guest([&] {
    box_->run("ip neighbour replace " + lan_ip + " lladdr " + MacAddress{lan_mac_}.text() +
              " dev eth0 nud permanent");
  });
}

}  // namespace airtap::bench
