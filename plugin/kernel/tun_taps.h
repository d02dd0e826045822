// SPDX-License-Identifier: LGPL-2.1-or-later
//
// TAPs by ioctl on /dev/net/tun (rtnetlink refuses to create them), dressed over rtnetlink.
#pragma once

#include <memory>

#include "kernel/netlink_socket.h"
#include "kernel/taps.h"

namespace airtap {

class TunTaps final : public Taps {
 public:
  static Result<std::unique_ptr<TunTaps>> open();

  Result<> create(const IfName& name, unsigned queues, unsigned mtu,
                  std::uint32_t owner_uid) override;

 private:
  explicit TunTaps(NetlinkSocket socket) : socket_(std::move(socket)) {}
  Result<> dress(const IfName& name, unsigned mtu);

  NetlinkSocket socket_;
};

}  // namespace airtap
