// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Every case of cases.h twice: the programs as user code (also under sanitizers, frames in pieces),
// and the programs as the kernel loaded them, by BPF_PROG_TEST_RUN.
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "datapath/cases.h"
#include "datapath/house.h"
#include "datapath/user_world.h"

namespace airtap::test {

void PrintTo(const Case& one, std::ostream* out) { *out << one.program << ": " << one.what; }

namespace {

Frame hello4(unsigned id) {
  const Mac mac = guest_mac(id);
  const std::string own = "10.0.0.1" + std::to_string(id);
  return ethernet(broadcast, mac, type_arp, arp(1, mac, own, no_mac, own));
}

Frame hello6(unsigned id) {
  return udp_frame(lan_mac, guest_mac(id), "fd00::1" + std::to_string(id), "fd00::100", 9, 9);
}

class AsUserCode : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    world_.add_guest(1, AIRTAP_GUEST_TRANSLATE);
    world_.add_guest(2, 0);
    world_.add_guest(3, AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_IPVTAP);
    world_.add_guest(4, AIRTAP_GUEST_TRANSLATE | AIRTAP_GUEST_SERVER);
    for (const unsigned id : {1U, 2U, 3U, 4U}) {
      world_.run(id == 3 ? "from_ipvtap" : "from_tap", id, hello4(id));
      world_.run(id == 3 ? "from_ipvtap" : "from_tap", id, hello6(id));
    }
  }
  UserWorld world_;
};

TEST_P(AsUserCode, DoesWhatTheCaseSays) {
  const Case& one = GetParam();
  // whole, and with only the Ethernet header outside page fragments
  for (const std::uint32_t linear : {0xffffffffU, 14U}) {
    const unsigned id = one.device ? one.device : 1;
    const auto before = one.drop_reason.empty() ? 0 : world_.drops(id, one.drop_reason);
    const auto got = world_.run(one.program, one.device, one.in, one.mark, linear);
    EXPECT_EQ(got.verdict, static_cast<std::uint32_t>(one.verdict));
    if (one.verdict != Verdict::drop) {
      EXPECT_EQ(got.frame, one.out.empty() ? one.in : one.out);
      EXPECT_EQ(got.mark, one.mark_after);
    }
    if (!one.drop_reason.empty()) {
      EXPECT_EQ(world_.drops(id, one.drop_reason), before + 1) << one.drop_reason;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, AsUserCode, testing::ValuesIn(all_cases()));

class InTheKernel : public House {
 protected:
  void SetUp() override {
    House::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    add_tap(1);
    add_tap(2, {.translate = false});
    add_tap(3, {.port_is_ipvtap = true, .translate = true});
    add_tap(4, {.translate = true, .allow_server = true});
    for (const unsigned id : {1U, 2U, 3U, 4U}) {
      run({"", id == 3 ? "from_ipvtap" : "from_tap", id, hello4(id), Verdict::on});
      run({"", id == 3 ? "from_ipvtap" : "from_tap", id, hello6(id), Verdict::on});
    }
  }

  struct Outcome {
    bool refused = false;
    std::uint32_t verdict = 0, mark = 0;
    Frame frame;
  };

  Outcome run(const Case& one) {
    const std::string path = "/sys/fs/bpf/airtap/up0/" + one.program;
    const UniqueFd program(bpf_obj_get(path.c_str()));
    __sk_buff context{};
    context.mark = one.mark;
    context.ifindex = static_cast<__u32>(
        box_->ifindex(one.device ? "tap" + std::to_string(one.device)
                                 : (one.program == "from_bridge" ? "airup0" : "up0")));
    Outcome outcome;
    outcome.frame.resize(4096);
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = one.in.data();
    options.data_size_in = static_cast<__u32>(one.in.size());
    options.data_out = outcome.frame.data();
    options.data_size_out = static_cast<__u32>(outcome.frame.size());
    options.ctx_in = options.ctx_out = &context;
    options.ctx_size_in = options.ctx_size_out = sizeof(context);
    options.repeat = 1;
    outcome.refused = bpf_prog_test_run_opts(program.get(), &options) != 0;
    outcome.frame.resize(options.data_size_out);
    outcome.verdict = options.retval;
    outcome.mark = context.mark;
    return outcome;
  }
};

// BPF_PROG_TEST_RUN takes no frame that ends within the IP header (net/bpf/test_run.c).
bool is_cut_ip(const Frame& frame) {
  return frame.size() < (of_type(type_ipv6)(frame) ? 54 : of_type(type_ipv4)(frame) ? 34 : 14);
}

TEST_F(InTheKernel, EveryCaseHolds) {
  for (const auto& one : all_cases()) {
    SCOPED_TRACE(one.program + ": " + one.what);
    const auto got = run(one);
    EXPECT_EQ(got.refused, is_cut_ip(one.in));
    if (got.refused) continue;
    EXPECT_EQ(got.verdict, static_cast<std::uint32_t>(one.verdict));
    if (one.verdict == Verdict::drop) continue;
    EXPECT_EQ(got.frame, one.out.empty() ? one.in : one.out);
    EXPECT_EQ(got.mark, one.mark_after);
  }
}

}  // namespace
}  // namespace airtap::test
