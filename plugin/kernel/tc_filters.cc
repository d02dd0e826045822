// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/tc_filters.h"

#include <bpf/libbpf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "kernel/bpf_datapath_log.h"
#include "kernel/netlink_socket.h"

namespace airtap {
namespace {

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

bpf_tc_opts our_filter(std::uint32_t handle) {
  bpf_tc_opts opts{};
  opts.sz = sizeof(opts);
  opts.handle = handle;
  opts.priority = tc_filter_priority;
  return opts;
}

// ENOENT: no such filter. EINVAL: no clsact (cls_api.c, "Parent Qdisc doesn't exists").
bool means_absent(int error) { return error == ENOENT || error == EINVAL || error == ENODEV; }

NetlinkMessage asking(int type, int ifindex, std::uint32_t parent, int flags = 0) {
  tcmsg header{};
  header.tcm_ifindex = ifindex;
  header.tcm_parent = parent;
  NetlinkMessage message(type, NLM_F_REQUEST | flags);
  message.header(header);
  return message;
}

Result<bool> side_is_empty(NetlinkSocket& socket, int ifindex, std::uint32_t side) {
  const auto one_filter = [](nlmsghdr* message) {
    return message->nlmsg_type == RTM_NEWTFILTER ? std::optional(true) : std::nullopt;
  };
  AIRTAP_TRY(const auto filters,
             socket.dump(asking(RTM_GETTFILTER, ifindex, TC_H_MAKE(TC_H_CLSACT, side), NLM_F_DUMP),
                         "listing tc filters", one_filter));
  return filters.empty();
}

std::optional<std::string> kind_of(nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWQDISC || !nlmsg_valid_hdr(message, sizeof(tcmsg)))
    return std::nullopt;
  const nlattr* kind = nlmsg_find_attr(message, sizeof(tcmsg), TCA_KIND);
  if (kind == nullptr) return std::nullopt;
  return std::string(nla_get_string(kind),
                     strnlen(nla_get_string(kind), static_cast<std::size_t>(nla_len(kind))));
}

}  // namespace

// The older "ingress" sits in clsact's place and accepts filters for egress, which it then runs on
// ingress (net/sched/sch_ingress.c, ingress_tcf_block ignores the class).
//
// Asked for the one place, since a dump has the qdiscs of all devices whatever it is asked. The
// answer comes as an echo, and none where clsact was once (sch_api.c, tc_get_qdisc).
Result<bool> has_clsact(int ifindex) {
  AIRTAP_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE));
  std::optional<std::string> kind;
  const auto asked =
      socket.request(asking(RTM_GETQDISC, ifindex, TC_H_CLSACT, NLM_F_ECHO), "looking for clsact",
                     [&kind](nlmsghdr* message) { kind = kind_of(message); });
  if (!asked && asked.error().code() == ENOENT) return false;
  if (!asked) return fail(asked.error());
  if (!kind) return false;
  if (*kind == "clsact") return true;
  return fail("a qdisc \"" + *kind + "\" is where clsact belongs",
              "whoever added it can use clsact for the same filters", EEXIST);
}

Result<bool> add_clsact(int ifindex) {
  const LibbpfLog log;
  auto hook = make_hook(ifindex, both);
  const int status = bpf_tc_hook_create(&hook);
  if (status == -EEXIST) {
    AIRTAP_CHECK(has_clsact(ifindex));
    return false;
  }
  if (status < 0) {
    return fail_errno("adding clsact" + log.tail(), -status,
                      status == -EPERM ? "needs CAP_NET_ADMIN" : "");
  }
  return true;
}

Result<> remove_clsact(int ifindex) {
  const LibbpfLog log;
  auto hook = make_hook(ifindex, both);
  const int status = bpf_tc_hook_destroy(&hook);
  if (status < 0 && !means_absent(-status)) {
    return fail_errno("removing clsact" + log.tail(), -status);
  }
  return {};
}

Result<bool> clsact_is_empty(int ifindex) {
  AIRTAP_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE));
  AIRTAP_TRY(const bool ingress, side_is_empty(socket, ifindex, TC_H_MIN_INGRESS));
  AIRTAP_TRY(const bool egress, side_is_empty(socket, ifindex, TC_H_MIN_EGRESS));
  return ingress && egress;
}

Result<> add_filter(int ifindex, TcSide side, std::uint32_t handle, int program_fd) {
  const LibbpfLog log;
  const auto hook = make_hook(ifindex, to_libbpf(side));
  auto opts = our_filter(handle);
  opts.prog_fd = program_fd;
  opts.flags = BPF_TC_F_REPLACE;
  if (const int status = bpf_tc_attach(&hook, &opts); status < 0) {
    return fail_errno("adding the tc filter" + log.tail(), -status);
  }
  return {};
}

Result<> remove_filter(int ifindex, TcSide side, std::uint32_t handle) {
  const LibbpfLog log;
  const auto hook = make_hook(ifindex, to_libbpf(side));
  const auto opts = our_filter(handle);
  if (const int status = bpf_tc_detach(&hook, &opts); status < 0 && !means_absent(-status)) {
    return fail_errno("removing the tc filter" + log.tail(), -status);
  }
  return {};
}

}  // namespace airtap
