// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One netlink socket and the only two things done with it: a request with its replies, and a dump
// that is consistent. It exists because libnl's own calls turn the kernel's errno into a coarser
// code of libnl's and drop the kernel's explanation (extended ACK), and both belong in our errors.
//
// SOCK_RAW (libnl's choice): AppArmor profiles of libvirt allow netlink raw, not dgram.
#pragma once

#include <netlink/netlink.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/netlink_message.h"

namespace airtap {

/// The code of a request whose answer was lost: the kernel may have done it or not.
inline constexpr int answer_lost = ECOMM;

class NetlinkSocket {
 public:
  /// `protocol`: NETLINK_ROUTE or NETLINK_GENERIC.
  static Result<NetlinkSocket> open(int protocol);

  using OnReply = std::function<void(nlmsghdr*)>;

  /// Sends and reads until the kernel has acknowledged. `what` names operation and device in the
  /// error: "<what>: <errno text>: <kernel's explanation>".
  Result<> request(const NetlinkMessage& message, std::string_view what,
                   const OnReply& on_reply = {});

  /// Everything `parse` (nlmsghdr* -> std::optional<T>) makes of a dump, asked again while the
  /// kernel says that the list changed under it. EINTR when it never held still.
  template <class Parse>
  auto dump(const NetlinkMessage& message, std::string_view what, Parse parse)
      -> Result<std::vector<typename decltype(parse(nullptr))::value_type>> {
    std::vector<typename decltype(parse(nullptr))::value_type> found;
    AIRTAP_CHECK(dump_consistently(
        message, what, [&found] { found.clear(); },
        [&found, &parse](nlmsghdr* reply) {
          if (auto value = parse(reply)) found.push_back(*std::move(value));
        }));
    return found;
  }

 private:
  struct FreeSocket {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  struct FreeCallbacks {
    void operator()(nl_cb* callbacks) const { nl_cb_put(callbacks); }
  };
  struct Exchange;

  NetlinkSocket(nl_sock* socket, int protocol) : socket_(socket), protocol_(protocol) {}
  Result<> dump_consistently(const NetlinkMessage& message, std::string_view what,
                             const std::function<void()>& restart, const OnReply& on_reply);
  void renew();
  Result<> run(const NetlinkMessage& message, std::string_view what, Exchange& exchange);

  std::unique_ptr<nl_sock, FreeSocket> socket_;
  int protocol_;
};

}  // namespace airtap
