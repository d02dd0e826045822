// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/netlink_socket.h"

#include <linux/netlink.h>
#include <netlink/handlers.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

namespace airtap {

namespace {

// A dump of 1,000 links takes a few milliseconds; a host that changes its links in each of so many
// of those in a row is broken in another way.
constexpr int dump_attempts = 20;
// The kernel fills at most this much of one datagram of a dump (netlink_recvmsg).
constexpr std::size_t receive_size = 32768;

/// The text in NLMSGERR_ATTR_MSG, empty when the kernel gave none.
std::string explanation(nlmsgerr* error) {
  auto* header = reinterpret_cast<nlmsghdr*>(reinterpret_cast<char*>(error) - NLMSG_HDRLEN);
  if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  int offset = static_cast<int>(sizeof(nlmsgerr));
  if ((header->nlmsg_flags & NLM_F_CAPPED) == 0 && error->msg.nlmsg_len >= NLMSG_HDRLEN)
    offset += NLMSG_ALIGN(static_cast<int>(error->msg.nlmsg_len)) - NLMSG_HDRLEN;
  if (nlmsg_datalen(header) < offset) return {};
  const nlattr* text =
      nla_find(nlmsg_attrdata(header, offset), nlmsg_attrlen(header, offset), NLMSGERR_ATTR_MSG);
  if (text == nullptr) return {};
  const char* begin = static_cast<const char*>(nla_data(text));
  return std::string(begin, strnlen(begin, static_cast<std::size_t>(nla_len(text))));
}

tl::unexpected<Error> refused(std::string_view what, int code, const std::string& explained) {
  std::string text = std::string(what) + ": " + std::strerror(code);
  if (!explained.empty()) text += ": " + explained;
  const bool privilege = code == EPERM || code == EACCES;
  return fail(std::move(text), privilege ? "run as root, or with CAP_NET_ADMIN" : "", code);
}

}  // namespace

/// What the callbacks collect of one request. No callback stops early: unread replies would be
/// taken for those of the next request.
struct NetlinkSocket::Exchange {
  const OnReply& on_reply;
  bool finished = false;
  bool inconsistent = false;
  int error = 0;
  std::string explained;

  void ended(int code) {
    error = code;
    finished = true;
  }

  static int reply(nl_msg* message, void* self) {
    const OnReply& handler = static_cast<Exchange*>(self)->on_reply;
    if (handler) handler(nlmsg_hdr(message));
    return NL_OK;
  }
  static int acknowledged(nl_msg*, void* self) {
    static_cast<Exchange*>(self)->ended(0);
    return NL_OK;
  }
  static int dump_ended(nl_msg* message, void* self) {
    // NLMSG_DONE carries a status: a dump can fail half way.
    const nlmsghdr* header = nlmsg_hdr(message);
    int status = 0;
    if (nlmsg_datalen(header) >= static_cast<int>(sizeof status))
      std::memcpy(&status, nlmsg_data(header), sizeof status);
    static_cast<Exchange*>(self)->ended(status < 0 ? -status : 0);
    return NL_OK;
  }
  static int interrupted(nl_msg*, void* self) {
    static_cast<Exchange*>(self)->inconsistent = true;
    return NL_OK;
  }
  static int failed(sockaddr_nl*, nlmsgerr* error, void* self) {
    auto* exchange = static_cast<Exchange*>(self);
    exchange->ended(-error->error);
    exchange->explained = explanation(error);
    return NL_SKIP;
  }
};

Result<NetlinkSocket> NetlinkSocket::open(int protocol) {
  NetlinkSocket opened(nl_socket_alloc(), protocol);
  nl_sock* socket = opened.socket_.get();
  if (socket == nullptr) return fail_errno("open netlink socket", ENOMEM);
  errno = 0;
  if (const int status = nl_connect(socket, protocol); status < 0) {
    if (errno != 0) return fail_errno("open netlink socket", errno);
    return fail(std::string("open netlink socket: ") + nl_geterror(status));
  }
  // With an explicit size libnl would stop to look at a datagram's size first, and lose larger
  // ones.
  nl_socket_set_msg_buf_size(socket, receive_size);
  nl_socket_enable_msg_peek(socket);
  // Kernels that lack one of these (before 4.12, 4.20) say less in errors or check dumps less.
  const int on = 1;
  for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK})
    (void)setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, option, &on, sizeof on);
  return opened;
}

void NetlinkSocket::renew() {
  if (auto fresh = open(protocol_)) *this = *std::move(fresh);
}

Result<> NetlinkSocket::run(const NetlinkMessage& message, std::string_view what,
                            Exchange& exchange) {
  if (!message.complete()) return fail_errno(std::string(what), EMSGSIZE);
  const std::unique_ptr<nl_cb, FreeCallbacks> callbacks(nl_cb_alloc(NL_CB_DEFAULT));
  if (!callbacks) return fail_errno(std::string(what), ENOMEM);
  nl_cb* cb = callbacks.get();
  nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, Exchange::reply, &exchange);
  nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, Exchange::acknowledged, &exchange);
  nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, Exchange::dump_ended, &exchange);
  nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, Exchange::interrupted, &exchange);
  nl_cb_err(cb, NL_CB_CUSTOM, Exchange::failed, &exchange);

  // A repeated dump is a new request: 0 lets libnl number it.
  nlmsg_hdr(message.get())->nlmsg_seq = NL_AUTO_SEQ;
  errno = 0;
  int status = nl_send_auto(socket_.get(), message.get());
  if (status < 0 && errno != 0) {
    const int code = errno;
    // libnl has numbered what was never sent, and would not know the answer to the next request.
    renew();
    return refused(what, code, {});
  }
  while (status >= 0 && !exchange.finished) status = nl_recvmsgs(socket_.get(), cb);
  if (exchange.finished) {
    if (exchange.error != 0) return refused(what, exchange.error, exchange.explained);
    return {};
  }
  const std::string cause = errno != 0 ? std::strerror(errno) : nl_geterror(status);
  // What may still come would be taken for the answer to the next request.
  renew();
  return fail(std::string(what) + ": no answer of the kernel: " + cause, {}, answer_lost);
}

Result<> NetlinkSocket::request(const NetlinkMessage& message, std::string_view what,
                                const OnReply& on_reply) {
  Exchange exchange{.on_reply = on_reply, .explained = {}};
  return run(message, what, exchange);
}

Result<> NetlinkSocket::dump_consistently(const NetlinkMessage& message, std::string_view what,
                                          const std::function<void()>& restart,
                                          const OnReply& on_reply) {
  for (int attempt = 0; attempt < dump_attempts; ++attempt) {
    restart();
    Exchange exchange{.on_reply = on_reply, .explained = {}};
    AIRTAP_CHECK(run(message, what, exchange));
    if (!exchange.inconsistent) return {};
  }
  return fail(std::string(what) + ": the list kept changing while it was read", "try again", EINTR);
}

}  // namespace airtap
