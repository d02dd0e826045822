// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/events.h"

#include <linux/if.h>
#include <linux/nl80211.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace airtap {

namespace {

/// A host that starts fifty containers sends that many; more is an overrun, which is handled.
constexpr int receive_buffer = 1 << 20;

tl::unexpected<Error> netlink_error(const char* what, int status) {
  return fail(std::string(what) + ": " + nl_geterror(status));
}

Result<> prepare(nl_sock* socket) {
  nl_socket_disable_seq_check(socket);  // nothing was asked
  if (const int status = nl_socket_set_buffer_size(socket, receive_buffer, 0); status < 0)
    return netlink_error("events: socket buffer", status);
  if (const int status = nl_socket_set_nonblocking(socket); status < 0)
    return netlink_error("events: non-blocking", status);
  return {};
}

struct Reader {
  Happened& happened;
  LinkWatch* watch;  ///< null: these are not links

  static int one(nl_msg* message, void* self) {
    auto* reader = static_cast<Reader*>(self);
    reader->happened.anything = true;
    if (reader->watch != nullptr && reader->watch->came_up(nlmsg_hdr(message)))
      reader->happened.link_came_up = true;
    return NL_OK;
  }
};

}  // namespace

bool LinkWatch::came_up(nlmsghdr* message) {
  const bool gone = message->nlmsg_type == RTM_DELLINK;
  if ((message->nlmsg_type != RTM_NEWLINK && !gone) ||
      nlmsg_valid_hdr(message, sizeof(ifinfomsg)) == 0)
    return false;
  ifinfomsg header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  if (gone) {
    down_.erase(header.ifi_index);
    return false;
  }
  if ((header.ifi_flags & IFF_RUNNING) != 0 && (header.ifi_flags & IFF_UP) != 0)
    return down_.erase(header.ifi_index) != 0;
  down_.insert(header.ifi_index);
  return false;
}

Result<KernelEvents::Socket> KernelEvents::open_route() {
  Socket socket(nl_socket_alloc());
  if (!socket) return fail_errno("events", ENOMEM);
  if (const int status = nl_connect(socket.get(), NETLINK_ROUTE); status < 0)
    return netlink_error("events: rtnetlink", status);
  if (const int status = nl_socket_add_memberships(socket.get(), RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
                                                   RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                                                   RTNLGRP_IPV6_ROUTE, RTNLGRP_NONE);
      status < 0)
    return netlink_error("events: rtnetlink groups", status);
  AIRTAP_CHECK(prepare(socket.get()));
  return socket;
}

/// Null where this kernel has no Wi-Fi now.
Result<KernelEvents::Socket> KernelEvents::open_wireless() {
  Socket socket(nl_socket_alloc());
  if (!socket) return fail_errno("events", ENOMEM);
  if (const int status = genl_connect(socket.get()); status < 0)
    return netlink_error("events: generic netlink", status);
  // "config" carries changes of an interface, 4-address frames included.
  const int group =
      genl_ctrl_resolve_grp(socket.get(), NL80211_GENL_NAME, NL80211_MULTICAST_GROUP_CONFIG);
  if (group < 0) return Socket();
  if (const int status = nl_socket_add_membership(socket.get(), group); status < 0)
    return netlink_error("events: nl80211 group", status);
  AIRTAP_CHECK(prepare(socket.get()));
  return socket;
}

Result<KernelEvents> KernelEvents::open() {
  AIRTAP_TRY(auto route, open_route());
  AIRTAP_TRY(auto wireless, open_wireless());
  return KernelEvents(std::move(route), std::move(wireless));
}

int KernelEvents::route_fd() const { return nl_socket_get_fd(route_.get()); }
int KernelEvents::wireless_fd() const { return wireless_ ? nl_socket_get_fd(wireless_.get()) : -1; }

Result<Happened> KernelEvents::drain() {
  Happened happened;
  for (nl_sock* socket : {route_.get(), wireless_.get()}) {
    if (socket == nullptr) continue;
    Reader reader{happened, socket == route_.get() ? &watch_ : nullptr};
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, Reader::one, &reader);
    int status = 0;
    while ((status = nl_recvmsgs_default(socket)) >= 0) {
    }
    if (status == -NLE_NOMEM)  // ENOBUFS: messages were lost
      happened = {.anything = true, .link_came_up = true};
    else if (status != -NLE_AGAIN)
      return netlink_error("events", status);
  }
  // A Wi-Fi adapter may have been plugged in since.
  if (happened.anything && !wireless_) {
    AIRTAP_TRY(wireless_, open_wireless());
  }
  return happened;
}

}  // namespace airtap
