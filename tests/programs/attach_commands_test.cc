// SPDX-License-Identifier: LGPL-2.1-or-later
//
// attach and detach: definition, running domain and device go together, also where libvirt refuses
// a part.
#include "programs/host.h"

namespace airtap::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string mac = "52:54:00:12:34:56";

class AttachCommands : public Host {
 protected:
  void SetUp() override {
    Host::SetUp();
    if (!IsSkipped()) define("vm1", domain_xml("vm1", vm1_uuid));
  }
};

TEST_F(AttachCommands, ADefinitionGetsAnInterfaceAndLosesIt) {
  const std::string before = vm1();
  const auto attached = airtap("attach vm1 --mode macnat --uplink cable0 --mac " + mac);
  EXPECT_EQ(attached.output, "vm1: ua-airtap0: airtap0, MAC " + mac + "\n");
  EXPECT_THAT(vm1(), AllOf(HasSubstr("<mac address=\"" + mac), HasSubstr("ua-airtap0"),
                           HasSubstr("mode=\"macnat\"")));
  EXPECT_EQ(residue(), "");
  EXPECT_EQ(airtap("attach vm1").status, 0);
  EXPECT_THAT(airtap("detach vm1").output, HasSubstr("several interfaces are airtap's"));
  EXPECT_EQ(airtap("detach vm1 --alias ua-airtap1").output, "vm1: ua-airtap1: removed\n");
  EXPECT_EQ(airtap("detach " + vm1_uuid + " --mac " + mac).output, "vm1: ua-airtap0: removed\n");
  EXPECT_THAT(vm1(), Not(HasSubstr("airtap")));
}

TEST_F(AttachCommands, DryRunShowsTheChangeAndMakesNone) {
  const std::string before = vm1();
  const auto shown = airtap("attach vm1 --dry-run --mac " + mac);
  EXPECT_THAT(shown.output,
              AllOf(HasSubstr("--- vm1\n+++ vm1\n"), HasSubstr("\n+"), HasSubstr(mac)));
  EXPECT_EQ(vm1(), before);
  ASSERT_EQ(airtap("attach vm1 --mac " + mac).status, 0);
  const std::string with = vm1();
  EXPECT_THAT(airtap("detach vm1 --dry-run").output, AllOf(HasSubstr("\n-"), HasSubstr(mac)));
  EXPECT_EQ(vm1(), with);
}

TEST_F(AttachCommands, WhatCouldNotStartIsNotDefined) {
  const std::string before = vm1();
  EXPECT_THAT(airtap("attach vm1 --uplink nosuch0").output, HasSubstr("vm1: "));
  EXPECT_THAT(airtap("attach vm1 --mode 4addr --uplink cable0").output, HasSubstr("4addr"));
  EXPECT_THAT(airtap("attach vm2").output, HasSubstr("there is no domain vm2"));
  EXPECT_THAT(airtap("attach vm1 --live").output, HasSubstr("vm1: it is not running"));
  EXPECT_THAT(airtap("detach vm1").output, HasSubstr("no interface is airtap's"));
  EXPECT_EQ(vm1(), before);
  std::ofstream(libvirt / "domains/vm1.transient");
  EXPECT_THAT(airtap("attach vm1").output, HasSubstr("it has no definition to change"));
}

TEST_F(AttachCommands, ARunningDomainGetsItFromItsNextStartOn) {
  run_vm1();
  const std::string live = live_vm1();
  EXPECT_THAT(airtap("attach vm1").output, HasSubstr(", from its next start on\n"));
  EXPECT_THAT(airtap("detach vm1").output, HasSubstr("removed, from its next start on\n"));
  EXPECT_EQ(live_vm1(), live);
}

TEST_F(AttachCommands, LiveMakesTheDeviceAndTakesItAway) {
  run_vm1();
  const auto attached = airtap("attach vm1 --live --mode macnat --mac " + mac);
  EXPECT_EQ(attached.output, "vm1: ua-airtap0: airtap0, MAC " + mac + "\n");
  EXPECT_THAT(live_vm1(), HasSubstr(mac));
  EXPECT_FALSE(ip_link("airtap0").is_null());
  EXPECT_THAT(airtap("status vm1").output, HasSubstr("vm1: ua-airtap0: airtap0 on cable0"));
  EXPECT_EQ(airtap("detach vm1 --live").output, "vm1: ua-airtap0: removed\n");
  EXPECT_THAT(live_vm1(), Not(HasSubstr(mac)));
  EXPECT_EQ(residue(), "");
}

TEST_F(AttachCommands, RefusedByLibvirtNothingHasChanged) {
  run_vm1();
  const std::string before = vm1();
  refuse("plug");
  const auto attached = airtap("attach vm1 --live");
  EXPECT_EQ(attached.status, 1);
  EXPECT_THAT(attached.output, HasSubstr("airtap: vm1: libvirt refuses: plug"));
  EXPECT_EQ(vm1(), before);
  EXPECT_EQ(residue(), "");
  refuse("define_domain");
  EXPECT_THAT(airtap("attach vm1").output, HasSubstr("libvirt refuses: define_domain"));
  refuse("connection");
  EXPECT_THAT(airtap("attach vm1").output, HasSubstr("libvirt refuses: connection"));
  EXPECT_EQ(vm1(), before);
}

TEST_F(AttachCommands, AGuestThatDoesNotLetGoKeepsItsDevice) {
  run_vm1();
  ASSERT_EQ(airtap("attach vm1 --live").status, 0);
  refuse("let-go");
  const auto detached = airtap("detach vm1 --live");
  EXPECT_EQ(detached.status, 1);
  EXPECT_THAT(detached.output,
              HasSubstr("the guest has not let go of it yet (once it has: airtap down "
                        "airtap0)"));
  EXPECT_FALSE(ip_link("airtap0").is_null());
  EXPECT_EQ(airtap("down airtap0").status, 0);
  EXPECT_EQ(residue(), "");
}

}  // namespace
}  // namespace airtap::test
