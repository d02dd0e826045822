// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/air.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "base/unique_fd.h"

namespace airtap::bench {
namespace {

constexpr std::uint8_t load_word = BPF_LDX | BPF_MEM | BPF_W,
                       store_word = BPF_STX | BPF_MEM | BPF_W, set = BPF_ALU64 | BPF_MOV | BPF_K;
/// Gone with the veth pair (`skb_scrub_packet`).
constexpr int mark = 7;

// A copy of a frame has no owner (`skb_clone`). So: send the copy through the same device once
// more, and end the original.
constexpr bpf_insn disown[] = {
    {load_word, BPF_REG_0, BPF_REG_1, offsetof(__sk_buff, mark), 0},
    {BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 7, mark},
    {set, BPF_REG_2, 0, 0, mark},  // a constant cannot be stored there before 6.4
    {store_word, BPF_REG_1, BPF_REG_2, offsetof(__sk_buff, mark), 0},
    {load_word, BPF_REG_2, BPF_REG_1, offsetof(__sk_buff, ifindex), 0},
    {set, BPF_REG_3, 0, 0, 0},
    {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_clone_redirect},
    {set, BPF_REG_0, 0, 0, TC_ACT_STOLEN},
    {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    {set, BPF_REG_0, 0, 0, TC_ACT_OK},
    {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};

void require(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(-result));
}

}  // namespace

void disown_sent_frames(const std::string& device) {
  const int loaded = ::bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "disown", "GPL", disown,
                                     sizeof(disown) / sizeof(*disown), nullptr);
  require(loaded, "loading the program that disowns frames");
  const UniqueFd program(loaded);
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  hook.attach_point = BPF_TC_EGRESS;
  require(::bpf_tc_hook_create(&hook), "clsact");
  bpf_tc_opts options{};
  options.sz = sizeof(options);
  options.prog_fd = program.get();
  require(::bpf_tc_attach(&hook, &options), "attaching the program that disowns frames");
}

}  // namespace airtap::bench
