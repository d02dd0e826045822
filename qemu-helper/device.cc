// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace airtap {

Result<Device> device_of(const PlannedNic& nic) {
  Device device;
  device.ifindex = static_cast<int>(::if_nametoindex(nic.target.c_str()));
  if (device.ifindex == 0) return fail_errno(nic.target.text(), errno);
  if (nic.mode == Mode::ipvtap) device.node = "/dev/tap" + std::to_string(device.ifindex);
  return device;
}

Result<UniqueFd> open_device(const PlannedNic& nic, const Device& device, bool use_vnet) {
  const bool is_tap = device.node.empty();
  const std::string node = is_tap ? "/dev/net/tun" : device.node;
  UniqueFd fd(::open(node.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.valid()) return fail_errno("open " + node, errno);
  // The same request attaches a TAP and sets the header of an ipvtap.
  ifreq request{};
  nic.target.text().copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | (use_vnet ? IFF_VNET_HDR : 0));
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0)
    return fail_errno("attach to " + nic.target.text(), errno);
  if (is_tap && ::ioctl(fd.get(), TUNSETPERSIST, 0UL) != 0)
    return fail_errno("make " + nic.target.text() + " end with its user", errno);
  return fd;
}

}  // namespace airtap
