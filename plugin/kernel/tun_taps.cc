// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/tun_taps.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <sys/ioctl.h>
#include <sys/random.h>

#include <cerrno>
#include <string>

#include "base/unique_fd.h"
#include "kernel/quiet.h"
#include "model/mac_address.h"

namespace airtap {

namespace {

constexpr const char* need_privilege = "run as root, or with CAP_NET_ADMIN";

/// fe:…, as libvirt does: a bridge takes the lowest MAC of its ports for its own, and must not
/// change it with each guest. The guest's own MAC would be wrong: the bridge would keep its frames.
Result<MacAddress> high_mac() {
  MacAddress mac;
  if (::getrandom(mac.bytes.data(), mac.bytes.size(), 0) != static_cast<ssize_t>(mac.bytes.size()))
    return fail_errno("choose a MAC", errno);
  mac.bytes[0] = 0xfe;
  return mac;
}

/// The device lives as long as the fd, until it is made persistent.
Result<UniqueFd> new_tap(const IfName& name, unsigned queues, const std::string& what) {
  UniqueFd tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (!tun.valid()) {
    const int code = errno;
    return fail_errno(what + ": open /dev/net/tun", code,
                      code == EACCES || code == EPERM ? need_privilege : "load the module tun");
  }
  ifreq request{};
  name.text().copy(request.ifr_name, IFNAMSIZ - 1);
  unsigned flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL;
  if (queues > 1) flags |= IFF_MULTI_QUEUE;
  request.ifr_flags = static_cast<short>(flags);
  if (::ioctl(tun.get(), TUNSETIFF, &request) == 0) return tun;
  switch (const int code = errno) {
    case EBUSY:  // IFF_TUN_EXCL
    case EEXIST:
      return fail_errno(what, EEXIST, "a device of this name exists; choose another <target dev>");
    case EPERM:
      return fail_errno(what, code, need_privilege);
    default:
      return fail_errno(what, code);
  }
}

}  // namespace

Result<std::unique_ptr<TunTaps>> TunTaps::open() {
  AIRTAP_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE));
  return std::unique_ptr<TunTaps>(new TunTaps(std::move(socket)));
}

Result<> TunTaps::create(const IfName& name, unsigned queues, unsigned mtu,
                         std::uint32_t owner_uid) {
  const std::string what = "create TAP " + name.text();
  AIRTAP_TRY(const UniqueFd tun, new_tap(name, queues, what));
  if (auto dressed = dress(name, mtu); !dressed) return fail(dressed.error().within(what));
  // Always: up to 6.1 a persistent TAP without owner and group is open to every user
  // (tun_not_capable).
  if (::ioctl(tun.get(), TUNSETOWNER, static_cast<unsigned long>(owner_uid)) != 0)
    return fail_errno(what + ": set owner", errno);
  if (::ioctl(tun.get(), TUNSETPERSIST, 1UL) != 0)
    return fail_errno(what + ": make persistent", errno);
  return {};
}

Result<> TunTaps::dress(const IfName& name, unsigned mtu) {
  AIRTAP_TRY(const MacAddress mac, high_mac());
  NetlinkMessage message(RTM_SETLINK, NLM_F_REQUEST);
  message.header(ifinfomsg{})
      .text(IFLA_IFNAME, name.text())
      .bytes(IFLA_ADDRESS, mac.bytes.data(), mac.bytes.size())
      .text(IFLA_IFALIAS, our_alias);
  if (mtu != 0) message.number<std::uint32_t>(IFLA_MTU, mtu);
  AIRTAP_CHECK(socket_.request(message, "set MAC, MTU and alias"));
  return disable_ipv6(name);
}

}  // namespace airtap
