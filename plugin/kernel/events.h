// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the kernel tells unasked about links, addresses, routes and Wi-Fi interfaces. Only that
// something happened: what is true now is asked for by the usual calls, so a lost message costs
// nothing but the reason to ask.
#pragma once

#include <netlink/netlink.h>

#include <memory>
#include <set>

#include "base/result.h"

namespace airtap {

struct Happened {
  bool anything = false;
  /// A link is usable that was not before: associated and authorized, plugged in, made.
  bool link_came_up = false;
};

/// IFF_RUNNING of every link seen down, from RTM_NEWLINK. A Wi-Fi link runs once the supplicant has
/// finished (operstate, Linux Documentation/networking/operstates.rst), later than its carrier.
class LinkWatch {
 public:
  /// Takes any message; true when it says that a link came up.
  bool came_up(nlmsghdr* message);

 private:
  std::set<int> down_;
};

class KernelEvents {
 public:
  /// rtnetlink, and nl80211 where there is Wi-Fi.
  static Result<KernelEvents> open();

  /// Readable when drain() has something; nl80211's is -1 where there is no Wi-Fi.
  int route_fd() const;
  int wireless_fd() const;

  /// Reads everything that has arrived. An overrun socket counts as "anything, and a link came up".
  Result<Happened> drain();

 private:
  struct FreeSocket {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  using Socket = std::unique_ptr<nl_sock, FreeSocket>;

  KernelEvents(Socket route, Socket wireless)
      : route_(std::move(route)), wireless_(std::move(wireless)) {}
  static Result<Socket> open_route();
  static Result<Socket> open_wireless();

  Socket route_;
  Socket wireless_;
  LinkWatch watch_;
};

}  // namespace airtap
