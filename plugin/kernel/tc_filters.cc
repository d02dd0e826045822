// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/tc_filters.h"

#include <bpf/libbpf.h>
#include <linux/pkt_sched.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/route/classifier.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>
#include <netlink/socket.h>

#include <cerrno>
#include <memory>
#include <string>

#include "kernel/bpf_datapath_log.h"

namespace airtap {
namespace {

struct SocketDeleter {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
struct CacheDeleter {
  void operator()(nl_cache* cache) const { nl_cache_free(cache); }
};

using NlSocket = std::unique_ptr<nl_sock, SocketDeleter>;
using NlCache = std::unique_ptr<nl_cache, CacheDeleter>;

bpf_tc_hook make_hook(int ifindex, bpf_tc_attach_point where) {
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = ifindex;
  hook.attach_point = where;
  return hook;
}

constexpr bpf_tc_attach_point both =
    static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);

bpf_tc_attach_point to_libbpf(TcSide side) {
  return side == TcSide::ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
}

bpf_tc_opts our_filter() {
  bpf_tc_opts opts{};
  opts.sz = sizeof(opts);
  opts.handle = tc_filter_handle;
  opts.priority = tc_filter_priority;
  return opts;
}

// ENOENT: no such filter. EINVAL: no clsact (cls_api.c, "Parent Qdisc doesn't exists").
bool means_absent(int error) { return error == ENOENT || error == EINVAL || error == ENODEV; }

Result<NlSocket> open_socket() {
  NlSocket socket(nl_socket_alloc());
  if (!socket) return fail_errno("netlink socket", ENOMEM);
  if (const int status = nl_connect(socket.get(), NETLINK_ROUTE); status < 0) {
    return fail(std::string("netlink socket: ") + nl_geterror(status));
  }
  return socket;
}

Result<bool> side_is_empty(nl_sock* socket, int ifindex, std::uint32_t side) {
  nl_cache* raw = nullptr;
  const int status = rtnl_cls_alloc_cache(socket, ifindex, TC_H_MAKE(TC_H_CLSACT, side), &raw);
  const NlCache cache(raw);
  if (status < 0) return fail(std::string("listing tc filters: ") + nl_geterror(status));
  return nl_cache_is_empty(cache.get()) != 0;
}

// The older "ingress" sits in clsact's place and accepts filters for egress, which it then runs on
// ingress (net/sched/sch_ingress.c, ingress_tcf_block ignores the class).
Result<> check_kind(int ifindex) {
  AIRTAP_TRY(const NlSocket socket, open_socket());
  nl_cache* raw = nullptr;
  const int status = rtnl_qdisc_alloc_cache(socket.get(), &raw);
  const NlCache cache(raw);
  if (status < 0) return fail(std::string("listing qdiscs: ") + nl_geterror(status));
  rtnl_qdisc* qdisc = rtnl_qdisc_get_by_parent(cache.get(), ifindex, TC_H_CLSACT);
  if (qdisc == nullptr) return {};
  const std::string kind = rtnl_tc_get_kind(TC_CAST(qdisc));
  rtnl_qdisc_put(qdisc);
  if (kind == "clsact") return {};
  return fail("a qdisc \"" + kind + "\" is where clsact belongs",
              "whoever added it can use clsact for the same filters", EEXIST);
}

}  // namespace

Result<bool> add_clsact(int ifindex) {
  LibbpfLog log;
  auto hook = make_hook(ifindex, both);
  const int status = bpf_tc_hook_create(&hook);
  if (status == -EEXIST) {
    AIRTAP_CHECK(check_kind(ifindex));
    return false;
  }
  if (status < 0) {
    return fail_errno("adding clsact" + log.tail(), -status,
                      status == -EPERM ? "needs CAP_NET_ADMIN" : "");
  }
  return true;
}

Result<> remove_clsact(int ifindex) {
  LibbpfLog log;
  auto hook = make_hook(ifindex, both);
  const int status = bpf_tc_hook_destroy(&hook);
  if (status < 0 && !means_absent(-status)) {
    return fail_errno("removing clsact" + log.tail(), -status);
  }
  return {};
}

Result<bool> clsact_is_empty(int ifindex) {
  AIRTAP_TRY(const NlSocket socket, open_socket());
  AIRTAP_TRY(const bool ingress, side_is_empty(socket.get(), ifindex, TC_H_MIN_INGRESS));
  AIRTAP_TRY(const bool egress, side_is_empty(socket.get(), ifindex, TC_H_MIN_EGRESS));
  return ingress && egress;
}

Result<> add_filter(int ifindex, TcSide side, int program_fd) {
  LibbpfLog log;
  const auto hook = make_hook(ifindex, to_libbpf(side));
  auto opts = our_filter();
  opts.prog_fd = program_fd;
  opts.flags = BPF_TC_F_REPLACE;
  if (const int status = bpf_tc_attach(&hook, &opts); status < 0) {
    return fail_errno("adding the tc filter" + log.tail(), -status);
  }
  return {};
}

Result<> remove_filter(int ifindex, TcSide side) {
  LibbpfLog log;
  const auto hook = make_hook(ifindex, to_libbpf(side));
  const auto opts = our_filter();
  if (const int status = bpf_tc_detach(&hook, &opts); status < 0 && !means_absent(-status)) {
    return fail_errno("removing the tc filter" + log.tail(), -status);
  }
  return {};
}

}  // namespace airtap
