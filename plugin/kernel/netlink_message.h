// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Owns one libnl message while it is built. libnl reports a full message by a return value on each
// call; here the first failure is remembered, so that building reads like the message and
// NetlinkSocket refuses to send what is incomplete.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace airtap {

class NetlinkMessage {
 public:
  NetlinkMessage(int type, int flags);

  /// The family's fixed header (ifinfomsg, rtmsg, genlmsghdr, …); before any attribute.
  template <class Header>
  NetlinkMessage& header(const Header& value) {
    note(nlmsg_append(message_.get(), const_cast<Header*>(&value), sizeof value, NLMSG_ALIGNTO));
    return *this;
  }
  NetlinkMessage& bytes(int attribute, const void* data, std::size_t size);
  /// NUL-terminated on the wire.
  NetlinkMessage& text(int attribute, std::string_view value);
  template <class Integer>
  NetlinkMessage& number(int attribute, Integer value) {
    return bytes(attribute, &value, sizeof value);
  }
  /// `fill` adds the attributes inside. An empty nest is sent too: nl80211's probe is one.
  template <class Fill>
  NetlinkMessage& nest(int attribute, const Fill& fill) {
    nlattr* start = nla_nest_start(message_.get(), attribute);
    if (start == nullptr) {
      note(-1);
      return *this;
    }
    fill(*this);
    note(nla_nest_end_keep_empty(message_.get(), start));
    return *this;
  }

  bool complete() const { return complete_; }
  nl_msg* get() const { return message_.get(); }

 private:
  struct Free {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
  };
  void note(int status) { complete_ = complete_ && status >= 0; }

  std::unique_ptr<nl_msg, Free> message_;
  bool complete_ = true;
};

}  // namespace airtap
