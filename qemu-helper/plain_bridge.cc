// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plain_bridge.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "privileges.h"

namespace airtap {

namespace {

ifreq request_for(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

/// Any socket takes the ioctls of network devices; this kind needs no network.
UniqueFd control_socket() { return UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }

class Tap {
 public:
  static Result<Tap> make(bool use_vnet);

  Result<> copy_mtu(const IfName& bridge);
  Result<> raise_mac();
  Result<> join(const IfName& bridge);
  Result<> set_up();
  UniqueFd take() { return std::move(tun_); }

 private:
  Tap(UniqueFd tun, UniqueFd control, std::string name)
      : tun_(std::move(tun)), control_(std::move(control)), name_(std::move(name)) {}

  UniqueFd tun_;
  UniqueFd control_;
  std::string name_;
};

Result<Tap> Tap::make(bool use_vnet) {
  UniqueFd control = control_socket();
  if (!control.valid()) return fail_errno("failed to open control socket", errno);
  UniqueFd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (!tun.valid()) {
    const int code = errno;
    return fail_errno("failed to open /dev/net/tun", code,
                      code == ENOENT || code == ENODEV ? "load the module tun" : "");
  }
  unsigned features = 0;
  ifreq request = request_for("tap%d");
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (use_vnet && ::ioctl(tun.get(), TUNGETFEATURES, &features) == 0 &&
      (features & IFF_VNET_HDR) != 0)
    request.ifr_flags |= IFF_VNET_HDR;
  if (::ioctl(tun.get(), TUNSETIFF, &request) != 0) {
    const int code = errno;
    return fail_errno("failed to create tun device", code, code == EPERM ? how_to_turn_on : "");
  }
  return Tap(std::move(tun), std::move(control), request.ifr_name);
}

Result<> Tap::copy_mtu(const IfName& bridge) {
  ifreq request = request_for(bridge.text());
  if (::ioctl(control_.get(), SIOCGIFMTU, &request) != 0)
    return fail_errno("failed to get mtu of bridge `" + bridge.text() + "'", errno,
                      "there are bridges ('ip link show type bridge'), uplinks, and names that "
                      "start with airtap");
  const int mtu = request.ifr_mtu;
  request = request_for(name_);
  request.ifr_mtu = mtu;
  if (::ioctl(control_.get(), SIOCSIFMTU, &request) != 0)
    return fail_errno("failed to set mtu of device `" + name_ + "' to " + std::to_string(mtu),
                      errno);
  return {};
}

/// A bridge takes the lowest MAC among its ports, and must not change it with every guest.
Result<> Tap::raise_mac() {
  ifreq request = request_for(name_);
  if (::ioctl(control_.get(), SIOCGIFHWADDR, &request) != 0)
    return fail_errno("failed to get MAC address of device `" + name_ + "'", errno);
  request.ifr_hwaddr.sa_data[0] = static_cast<char>(0xfe);
  if (::ioctl(control_.get(), SIOCSIFHWADDR, &request) != 0)
    return fail_errno("failed to set MAC address of device `" + name_ + "'", errno);
  return {};
}

Result<> Tap::join(const IfName& bridge) {
  ifreq request = request_for(name_);
  if (::ioctl(control_.get(), SIOCGIFINDEX, &request) != 0)
    return fail_errno("failed to find device `" + name_ + "'", errno);
  const int ifindex = request.ifr_ifindex;
  request = request_for(bridge.text());
  request.ifr_ifindex = ifindex;
  if (::ioctl(control_.get(), SIOCBRADDIF, &request) != 0)
    return fail_errno("failed to add interface `" + name_ + "' to bridge `" + bridge.text() + "'",
                      errno);
  return {};
}

Result<> Tap::set_up() {
  ifreq request = request_for(name_);
  if (::ioctl(control_.get(), SIOCGIFFLAGS, &request) != 0)
    return fail_errno("failed to get interface flags for `" + name_ + "'", errno);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(control_.get(), SIOCSIFFLAGS, &request) != 0)
    return fail_errno("failed to bring up interface `" + name_ + "'", errno);
  return {};
}

}  // namespace

bool is_bridge(const IfName& name) {
  const UniqueFd control = control_socket();
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  ifreq request = request_for(name.text());
  request.ifr_data = reinterpret_cast<char*>(&driver);
  return control.valid() && ::ioctl(control.get(), SIOCETHTOOL, &request) == 0 &&
         std::strncmp(driver.driver, "bridge", sizeof driver.driver) == 0;
}

bool is_device(const IfName& name) {
  const UniqueFd control = control_socket();
  ifreq request = request_for(name.text());
  return control.valid() && ::ioctl(control.get(), SIOCGIFINDEX, &request) == 0;
}

Result<UniqueFd> tap_on_bridge(const IfName& bridge, bool use_vnet) {
  AIRTAP_TRY(Tap tap, Tap::make(use_vnet));
  AIRTAP_CHECK(tap.copy_mtu(bridge));
  AIRTAP_CHECK(tap.raise_mac());
  AIRTAP_CHECK(tap.join(bridge));
  AIRTAP_CHECK(tap.set_up());
  return tap.take();
}

}  // namespace airtap
