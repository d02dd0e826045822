// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/netlink_message.h"

#include <new>
#include <string>

namespace airtap {

NetlinkMessage::NetlinkMessage(int type, int flags) : message_(nlmsg_alloc_simple(type, flags)) {
  // As everywhere in C++: out of memory is not an error that callers handle.
  if (!message_) throw std::bad_alloc();
}

NetlinkMessage& NetlinkMessage::bytes(int attribute, const void* data, std::size_t size) {
  note(nla_put(message_.get(), attribute, static_cast<int>(size), data));
  return *this;
}

NetlinkMessage& NetlinkMessage::text(int attribute, std::string_view value) {
  note(nla_put_string(message_.get(), attribute, std::string(value).c_str()));
  return *this;
}

}  // namespace airtap
