// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Each call to the kernel, questions included, fails once with each error that it may return: the
// start fails in words or goes on without, and in the end nothing is left. So it is when a call was
// done and only the answer was lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "session/session.h"
#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using test::domain;
using test::nic;
using testing::HasSubstr;

/// What rtnetlink, nl80211, bpf and ioctl may answer to a call that is right.
constexpr std::array errors{EIO, EPERM, ENOMEM, ENOBUFS, EBUSY, EINVAL, EOPNOTSUPP, ENOSPC, EMFILE};

/// Of a virtual machine, whose NICs are in every mode that it can have, or of a container.
class KernelErrors : public test::SessionTest, public testing::WithParamInterface<bool> {
 protected:
  Result<> attach() { return session().attach(every_mode, Stage::prepare, libvirtd); }

  /// `each(at, count)`: sets `at` to one number after the other until fewer than that are counted.
  template <class Each>
  void at_every_kind_of_call(const Each& each) {
    for (const int error : errors) {
      kernel.fail_with = error;
      each(kernel.fail_at, kernel.calls);
      each(kernel.fail_question_at, kernel.questions);
    }
    each(kernel.lose_answer_at, kernel.calls);
  }

  KernelErrors() {
    LinkFacts& ibss = kernel.add_link("ibss0");
    ibss.up = ibss.carrier = true;
    kernel.state.wireless["ibss0"] = {.type = WirelessType::ad_hoc};
    config.station_credentials = "/etc/airtap/station.conf";
    if (GetParam()) {
      every_mode = domain({nic(0), nic(1)});
      for (GuestNic& device : every_mode.nics) device.moves_away = true;
      return;
    }
    every_mode.nics.push_back(nic(4, Mode::bridge));
    every_mode.nics.back().uplink = "ibss0";
    for (GuestNic& other : every_mode.nics)
      if (!other.uplink) other.uplink = "wlan0";
  }

  Domain every_mode = domain(
      {nic(0, Mode::macnat), nic(1, Mode::ipvtap), nic(2, Mode::four_addr), nic(3, Mode::station)});
};

TEST_P(KernelErrors, WhicheverErrorACallGivesTheHostIsAsBefore) {
  const auto before = kernel.state;
  int points = 0;
  const auto each = [&](std::optional<unsigned>& at, unsigned& count) {
    for (unsigned n = 0;; ++n) {
      count = 0;
      at = n;
      const auto result = attach();
      at.reset();
      const bool reached = count > n;
      if (result) session().detach(every_mode.uuid);
      if (!reached) return;
      ++points;
      const std::string where = "call " + std::to_string(n) + ": " + strerror(kernel.fail_with);
      if (!result) {
        EXPECT_THAT(result.error().line(), HasSubstr("made to fail")) << where;
      }
      EXPECT_EQ(kernel.state, before) << where;
      EXPECT_EQ(files(), 0U) << where;
    }
  };
  at_every_kind_of_call(each);
  EXPECT_GT(points, GetParam() ? 100 : 400);
  RecordProperty("points", points);
}

TEST_P(KernelErrors, WhicheverErrorACallGivesDetachLeavesNothingOrAReconcileMendsIt) {
  const auto before = kernel.state;
  int points = 0;
  const auto each = [&](std::optional<unsigned>& at, unsigned& count) {
    for (unsigned n = 0;; ++n) {
      ASSERT_TRUE(attach());
      count = 0;
      at = n;
      session().detach(every_mode.uuid);
      at.reset();
      if (count <= n) return;
      ++points;
      processes.living.clear();
      session().reconcile();
      processes.living = {1};
      const std::string where = "call " + std::to_string(n) + ": " + strerror(kernel.fail_with);
      EXPECT_EQ(kernel.state, before) << where;
      EXPECT_EQ(files(), 0U) << where;
    }
  };
  at_every_kind_of_call(each);
  EXPECT_GT(points, GetParam() ? 100 : 300);
  RecordProperty("points", points);
}

INSTANTIATE_TEST_SUITE_P(Of, KernelErrors, testing::Bool(), [](const auto& test) {
  return test.param ? "AContainer" : "AVirtualMachine";
});

}  // namespace
}  // namespace airtap
