// SPDX-License-Identifier: LGPL-2.1-or-later
#include "datapath/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace airtap::test {
namespace {

using Clock = std::chrono::steady_clock;
using Ms = std::chrono::milliseconds;

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

UniqueFd current_namespace() {
  UniqueFd fd(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) broken("/proc/self/ns/net");
  return fd;
}

Ms left(Clock::time_point end) {
  const auto rest = std::chrono::duration_cast<Ms>(end - Clock::now());
  return rest.count() > 0 ? rest : Ms(0);
}

std::string shell(const std::string& command) {
  std::string text;
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " 2>&1").c_str(), "r"), ::pclose);
  if (!pipe) broken(command);
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get())) {
    text += buffer.data();
  }
  if (::pclose(pipe.release()) != 0) throw std::runtime_error(command + ": " + text);
  return text;
}

}  // namespace

void Wire::send(const Frame& frame) const {
  if (::write(fd_.get(), frame.data(), frame.size()) != static_cast<ssize_t>(frame.size())) {
    broken("sending a frame");
  }
}

std::optional<Frame> Wire::next(Ms timeout) const {
  const auto end = Clock::now() + timeout;
  for (;;) {
    pollfd wait{fd_.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left(end).count())) <= 0) return std::nullopt;
    Frame frame(70000);
    sockaddr_ll from{};
    socklen_t size = sizeof(from);
    const ssize_t got = packet_ ? ::recvfrom(fd_.get(), frame.data(), frame.size(), 0,
                                             reinterpret_cast<sockaddr*>(&from), &size)
                                : ::read(fd_.get(), frame.data(), frame.size());
    if (got < 0) return std::nullopt;
    if (packet_ && from.sll_pkttype == PACKET_OUTGOING) continue;
    frame.resize(static_cast<std::size_t>(got));
    return frame;
  }
}

std::optional<Frame> Wire::receive(const Matches& matches, Ms timeout) const {
  const auto end = Clock::now() + timeout;
  while (auto frame = next(left(end))) {
    if (matches(*frame)) return frame;
  }
  return std::nullopt;
}

int Wire::count(const Matches& matches, Ms time) const {
  int found = 0;
  const auto end = Clock::now() + time;
  while (auto frame = next(left(end))) found += matches(*frame) ? 1 : 0;
  return found;
}

UdpSocket::UdpSocket(std::uint16_t port)
    : fd_(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {  // and IPv4, as ::ffff:a.b.c.d
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  const int on = 1;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
  if (::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    broken("binding a UDP socket");
  }
}

std::optional<Frame> UdpSocket::receive(Ms timeout) const {
  pollfd wait{fd_.get(), POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
  Frame payload(70000);
  const ssize_t got = ::recv(fd_.get(), payload.data(), payload.size(), 0);
  if (got < 0) return std::nullopt;
  payload.resize(static_cast<std::size_t>(got));
  return payload;
}

void UdpSocket::send(const std::string& to, std::uint16_t port, const Frame& payload) const {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  const std::string text = to.find(':') == std::string::npos ? "::ffff:" + to : to;
  ::inet_pton(AF_INET6, text.c_str(), &address.sin6_addr);
  if (::sendto(fd_.get(), payload.data(), payload.size(), 0, reinterpret_cast<sockaddr*>(&address),
               sizeof(address)) < 0) {
    broken("sending to " + to);
  }
}

std::string Sandbox::unavailable() {
  if (::geteuid() != 0) return "needs root";
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) return "no namespaces of its own";
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return "no private mounts";
  if (::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr) != 0) return "no BPF file system";
  return {};
}

Sandbox::Sandbox() : host_(current_namespace()) {
  run("ip link set lo up");
  // sysfs of this namespace, and a place for device nodes: /dev is shared by all namespaces
  run("mount -t tmpfs none /mnt && mkdir /mnt/sys && mount -t sysfs none /mnt/sys");
  lan_ = make_namespace();
}

void Sandbox::run(const std::string& command) const { shell(command); }

std::string Sandbox::output(const std::string& command) const { return shell(command); }

void Sandbox::run_in_lan(const std::string& command) const {
  in_lan([&] { shell(command); });
}

void Sandbox::in(const UniqueFd& space, const std::function<void()>& action) const {
  struct Back {
    int fd;
    ~Back() { ::setns(fd, CLONE_NEWNET); }
  } back{host_.get()};
  if (::setns(space.get(), CLONE_NEWNET) != 0) broken("setns");
  action();
}

UniqueFd Sandbox::make_namespace() {
  const UniqueFd here = current_namespace();
  if (::unshare(CLONE_NEWNET) != 0) broken("unshare");
  UniqueFd made = current_namespace();
  if (::setns(here.get(), CLONE_NEWNET) != 0) broken("setns");
  return made;
}

void Sandbox::connect(const std::string& host, const std::string& there,
                      const UniqueFd& space) const {
  run("ip link add " + host + " type veth peer name " + there);
  run("ip link set " + there + " netns /proc/" + std::to_string(::getpid()) + "/fd/" +
      std::to_string(space.get()));
  run("ip link set " + host + " up");
  in(space, [&] { shell("ip link set " + there + " up"); });
}

Wire Sandbox::ipvtap(const std::string& name, const std::string& lower) const {
  const std::string add = "ip link add link " + lower + " name " + name + " type ";
  run(add + "ipvtap mode l2 bridge || " + add + "macvtap mode bridge");
  run("sysctl -qw net.ipv6.conf." + name + ".disable_ipv6=1");
  run("ip link set " + name + " allmulticast on up");
  const std::string node = "/mnt/" + name;
  run("mknod " + node + " c $(tr : ' ' < $(ls /mnt/sys/class/net/" + name +
      "/*tap*/tap*/dev /mnt/sys/class/net/" + name + "/tap*/dev 2>/dev/null | head -n 1))");
  UniqueFd fd(::open(node.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) broken(node);
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;  // without a vnet header
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) broken("TUNSETIFF " + name);
  return Wire(std::move(fd), false);
}

void Sandbox::without_checksum_offload(const std::string& device) const {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_value off{ETHTOOL_STXCSUM, 0};
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&off);
  if (::ioctl(fd.get(), SIOCETHTOOL, &request) != 0) broken("SIOCETHTOOL " + device);
}

int Sandbox::ifindex(const std::string& device) const {
  const unsigned index = ::if_nametoindex(device.c_str());
  if (index == 0) broken(device);
  return static_cast<int>(index);
}

Wire Sandbox::packet_socket(const std::string& device) const {
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  if (!fd.valid()) broken("packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = ifindex(device);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    broken("binding to " + device);
  }
  return Wire(std::move(fd), true);
}

Wire Sandbox::lan_socket(const std::string& device) const {
  std::optional<Wire> wire;
  in_lan([&] { wire = packet_socket(device); });
  return std::move(*wire);
}

UdpSocket Sandbox::lan_udp(std::uint16_t port) const {
  std::optional<UdpSocket> socket;
  in_lan([&] { socket.emplace(port); });
  return std::move(*socket);
}

Wire Sandbox::tap(const std::string& name, bool vnet_header) const {
  UniqueFd fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) broken("/dev/net/tun");
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | (vnet_header ? IFF_VNET_HDR : 0));
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) broken("TUNSETIFF " + name);
  run("sysctl -qw net.ipv6.conf." + name + ".disable_ipv6=1");
  run("ip link set " + name + " up");
  return Wire(std::move(fd), false);
}

}  // namespace airtap::test
