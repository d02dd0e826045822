// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Whose life speaks for a guest: the daemon's, the emulator's, a watcher's.
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using test::anonymous;
using test::domain;
using test::nic;

class SessionOwners : public test::SessionTest {
 protected:
  Result<> attach(const Domain& d) { return session().attach(d, Stage::prepare, libvirtd); }
};

TEST_F(SessionOwners, ADomainWhoseDaemonAndEmulatorAreGoneIsCleanedUpByTheNextStart) {
  ASSERT_TRUE(attach(domain({nic(0)}, "vm1")));
  processes.living = {2};
  libvirtd = {2, 1};
  ASSERT_TRUE(attach(domain({nic(1)}, "vm2")));
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
}

TEST_F(SessionOwners, WhoseNumberAnotherHasIsFoundByReconcileAndNotByAStart) {
  ASSERT_TRUE(attach(domain({nic(0)}, "vm1")));
  processes.living = {2};
  processes.pids_of_others = {1};
  libvirtd = {2, 1};
  ASSERT_TRUE(attach(domain({nic(1)}, "vm2")));
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
  session().reconcile();
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
}

TEST_F(SessionOwners, ARunningEmulatorKeepsItsNetworkWhenTheDaemonDies) {
  const Domain d = domain({nic(0)});
  ASSERT_TRUE(attach(d));
  processes.emulators["vm1"] = {77, 1};
  processes.living = {77};
  ASSERT_TRUE(session().started(d.uuid));
  session().reconcile();
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
  processes.living.clear();
  session().reconcile();
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
}

TEST_F(SessionOwners, AWatcherSpeaksForItsGuestAndThenTheOneItWorksFor) {
  const Domain d = domain({anonymous()});
  processes.living = {50, 60};
  ASSERT_TRUE(session().attach(d, Stage::prepare, {.emulator = {50, 1}, .watcher = {60, 1}}));
  const auto kept_by = [&](std::set<std::int64_t> living) {
    processes.living = std::move(living);
    session().reconcile();
    return kernel.state.links.contains("airtap-q0");
  };
  EXPECT_TRUE(kept_by({60})) << "a session libvirtd may go and come while its guests run";
  EXPECT_TRUE(kept_by({50})) << "somebody killed the watcher";
  kernel.state.links.erase("airtap-q0");
  EXPECT_FALSE(kept_by({50})) << "a daemon outlives its guests";
  EXPECT_EQ(files(), 0U);
  processes.living = {50, 60};
  ASSERT_TRUE(session().attach(d, Stage::prepare, {.emulator = {50, 1}, .watcher = {60, 1}}));
  EXPECT_FALSE(kept_by({}));
}

TEST_F(SessionOwners, WithoutItsWatcherAnIpvtapEndsWhenNobodyHasItOpen) {
  GuestNic one = anonymous();
  one.mode = Mode::ipvtap;
  const Domain d = domain({one});
  processes.living = {50, 60};
  ASSERT_TRUE(session().attach(d, Stage::prepare, {.emulator = {50, 1}, .watcher = {60, 1}}));
  const auto node = "/dev/tap" + std::to_string(kernel.state.links["airtap-q0"].ifindex);
  session().reconcile();
  EXPECT_EQ(files(), 2U) << "the watcher knows better";
  processes.living = {50};
  processes.open_files = {node};
  session().reconcile();
  EXPECT_EQ(files(), 2U) << "its emulator has it";
  processes.open_files = {"/dev/tap0"};
  session().reconcile();
  EXPECT_FALSE(kernel.state.links.contains("airtap-q0"));
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace airtap
