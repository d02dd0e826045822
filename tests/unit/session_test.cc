// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Attach is all or nothing, detach leaves nothing, and whatever happens in between can be mended.
#include "session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using test::anonymous;
using test::domain;
using test::nic;
using testing::HasSubstr;

const Domain every_mode = domain(
    {nic(0, Mode::macnat), nic(1, Mode::ipvtap), nic(2, Mode::four_addr), nic(3, Mode::station)});

class Sessions : public test::SessionTest {
 protected:
  Sessions() { config.station_credentials = "/etc/airtap/station.conf"; }
  Result<> attach(const Domain& d, Stage stage = Stage::prepare) {
    return session().attach(d, stage, libvirtd);
  }
};

/// A virtual machine, whose NICs are in every mode that it can have but bridge, or a container.
class SessionsOf : public Sessions, public testing::WithParamInterface<Domain> {};

Domain container() {
  Domain two = domain({nic(0), nic(1)});
  for (GuestNic& device : two.nics) device.moves_away = true;
  return two;
}

INSTANTIATE_TEST_SUITE_P(All, SessionsOf, testing::Values(every_mode, container()),
                         [](const auto& test) {
                           return test.index == 0 ? "AVirtualMachine" : "AContainer";
                         });

TEST_P(SessionsOf, AttachThenDetachLeavesTheHostAsItWas) {
  const auto before = kernel.state;
  ASSERT_TRUE(attach(GetParam()));
  EXPECT_NE(kernel.state, before);
  const Cleanup cleanup = session().detach(GetParam().uuid);
  EXPECT_TRUE(cleanup.problems.empty());
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(files(), 0U);
}

TEST_P(SessionsOf, WhicheverCallFailsTheHostIsAsBeforeAndTheErrorIsTold) {
  const auto before = kernel.state;
  unsigned points = 0;
  for (unsigned n = 0;; ++n) {
    kernel.calls = 0;
    kernel.fail_at = n;
    const auto result = attach(GetParam());
    kernel.fail_at.reset();
    if (result) break;
    ++points;
    EXPECT_THAT(result.error().line(), HasSubstr("made to fail")) << "call " << n;
    EXPECT_EQ(kernel.state, before) << "call " << n;
    EXPECT_EQ(files(), 0U) << "call " << n;
  }
  EXPECT_GT(points, 3U * GetParam().nics.size()) << "a plan has at least that many calls";
  RecordProperty("points", static_cast<int>(points));
}

TEST_P(SessionsOf, WhereverTheHookIsKilledReconcileRestoresTheHost) {
  const auto before = kernel.state;
  unsigned points = 0;
  for (unsigned n = 0;; ++n) {
    kernel.calls = 0;
    kernel.crash_at = n;
    try {
      const auto finished = attach(GetParam());
      ASSERT_TRUE(finished);
      break;
    } catch (const test::FakeKernel::CrashNow&) {
      ++points;
    }
    kernel.crash_at.reset();
    const Cleanup cleanup = session().reconcile();
    EXPECT_TRUE(cleanup.problems.empty()) << "call " << n;
    EXPECT_EQ(kernel.state, before) << "call " << n;
    EXPECT_EQ(files(), 0U) << "call " << n;
  }
  EXPECT_GT(points, 3U * GetParam().nics.size());
  RecordProperty("points", static_cast<int>(points));
}

TEST_P(SessionsOf, WhereverDetachIsKilledReconcileFinishesIt) {
  const auto before = kernel.state;
  for (unsigned n = 0;; ++n) {
    ASSERT_TRUE(attach(GetParam()));
    kernel.calls = 0;
    kernel.crash_at = n;
    bool crashed = false;
    try {
      session().detach(GetParam().uuid);
    } catch (const test::FakeKernel::CrashNow&) {
      crashed = true;
    }
    kernel.crash_at.reset();
    processes.living.clear();
    session().reconcile();
    processes.living = {1};
    EXPECT_EQ(kernel.state, before) << "call " << n;
    EXPECT_EQ(files(), 0U) << "call " << n;
    if (!crashed) {
      RecordProperty("points", static_cast<int>(n));
      break;
    }
  }
}

TEST_F(Sessions, TheSecondDomainSharesAndTheLastTakesEverythingDown) {
  const auto before = kernel.state;
  const Domain first = domain({nic(0)}, "vm1");
  const Domain second = domain({nic(1)}, "vm2");
  ASSERT_TRUE(attach(first));
  ASSERT_TRUE(attach(second));
  session().detach(first.uuid);
  EXPECT_TRUE(kernel.state.links.contains("airbr-wlan0"));
  EXPECT_TRUE(kernel.state.links.contains("airtap1"));
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
  session().detach(second.uuid);
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Sessions, FourAddrOnAnAccessPointThatDoesNotAnswerIsPutBackAndSaidSo) {
  kernel.gateway_answers_four_address = false;
  const auto before = kernel.state;
  const auto result = attach(domain({nic(0, Mode::four_addr)}));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().line(), HasSubstr("does not carry 4-address frames"));
  EXPECT_THAT(result.error().line(), HasSubstr("try mode macnat"));
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Sessions, TheHostIsBackAfterFourAddrOnAnAccessPointThatSticksToIt) {
  kernel.access_point_sticks_to_four_address = true;
  const Domain d = domain({nic(0, Mode::four_addr)});
  ASSERT_TRUE(attach(d));
  EXPECT_TRUE(kernel.stuck);
  EXPECT_TRUE(session().detach(d.uuid).problems.empty());
  EXPECT_FALSE(kernel.stuck) << "the station must associate anew";
  EXPECT_FALSE(kernel.state.wireless["wlan0"].four_addr);
}

TEST_F(Sessions, WhoDoesNotWaitLeavesTheNewAssociationToTheSupplicant) {
  kernel.access_point_sticks_to_four_address = true;
  kernel.rejoins_late = true;
  const Domain d = domain({nic(0, Mode::four_addr)});
  ASSERT_TRUE(attach(d));
  Session hasty = session();
  hasty.do_not_wait();
  EXPECT_TRUE(hasty.detach(d.uuid).problems.empty());
  EXPECT_EQ(kernel.rejoined, 1U);
  EXPECT_FALSE(kernel.state.wireless["wlan0"].four_addr);
  EXPECT_EQ(files(), 0U) << "no record waits for it";
}

TEST_F(Sessions, WithoutASupplicantFourAddrStaysOnRatherThanCuttingTheHostOff) {
  kernel.access_point_sticks_to_four_address = true;
  kernel.has_supplicant = false;
  const Domain d = domain({nic(0, Mode::four_addr)});
  ASSERT_TRUE(attach(d));
  EXPECT_TRUE(session().detach(d.uuid).problems.empty());
  EXPECT_TRUE(kernel.state.wireless["wlan0"].four_addr);
}

TEST_F(Sessions, FourAddrEndsWithItsLastGuestWhileOthersGoOn) {
  const Domain wds = domain({nic(0, Mode::four_addr)}, "vm1");
  const Domain nat = domain({nic(1, Mode::macnat)}, "vm2");
  ASSERT_TRUE(attach(nat));
  ASSERT_TRUE(attach(wds));
  EXPECT_TRUE(kernel.state.wireless["wlan0"].four_addr);
  session().detach(wds.uuid);
  EXPECT_FALSE(kernel.state.wireless["wlan0"].four_addr);
  EXPECT_TRUE(kernel.state.links.contains("airtap1"));
}

TEST_F(Sessions, ADeviceThatIsNotOursIsNeverRemoved) {
  const Domain d = domain({nic(0)});
  ASSERT_TRUE(attach(d));
  // Somebody deleted our TAP and made a device of his own with that name.
  kernel.state.links["airtap0"].alias.clear();
  session().detach(d.uuid);
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
}

TEST_F(Sessions, ADeviceOfOursThatWasNeverFinishedIsRemoved) {
  const Domain d = domain({nic(0)});
  ASSERT_TRUE(attach(d));
  kernel.state.links["airtap0"].alias.clear();
  kernel.state.links["airtap0"].being_made = true;
  session().detach(d.uuid);
  EXPECT_FALSE(kernel.state.links.contains("airtap0"));
}

TEST_F(Sessions, CallersWhoNameNeitherMacNorDeviceGetTheFirstFreeName) {
  const auto before = kernel.state;
  const Domain first = domain({anonymous(Mode::macnat)}, "vm1");
  const Domain second = domain({anonymous(Mode::ipvtap)}, "vm2");
  ASSERT_TRUE(attach(first));
  ASSERT_TRUE(attach(second)) << "two that are not known yet do not have the same MAC";
  EXPECT_EQ(kernel.state.links["airtap-q0"].kind, "tun");
  EXPECT_EQ(kernel.state.links["airtap-q1"].kind, "ipvtap");
  EXPECT_TRUE(kernel.state.pins["wlan0"].at(1).is_zero());
  session().detach(first.uuid);
  ASSERT_TRUE(attach(first));
  EXPECT_TRUE(kernel.state.links.contains("airtap-q0"));
  for (const Domain& d : {first, second}) session().detach(d.uuid);
  kernel.state.neighbours = before.neighbours;
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Sessions, ANameIsNotFreeWhileARecordStillHasIt) {
  const Domain first = domain({anonymous(Mode::macnat)}, "vm1");
  ASSERT_TRUE(attach(first));
  // The emulator has ended and its TAP is gone; whoever cleans up waits for the lock.
  kernel.state.links.erase("airtap-q0");
  ASSERT_TRUE(attach(domain({anonymous(Mode::macnat)}, "vm2")));
  ASSERT_TRUE(kernel.state.links.contains("airtap-q1"));
  const LinkFacts second = kernel.state.links["airtap-q1"];
  session().detach(first.uuid);
  EXPECT_EQ(kernel.state.links["airtap-q1"], second);
  EXPECT_TRUE(kernel.state.filters.contains({"airtap-q1", Attachment::tap}));
}

TEST_F(Sessions, TheMacsOfHostAndGatewayAreKeptFromThem) {
  kernel.add_link("eth0").mac = MacAddress::parse("02:00:00:00:02:00").value();
  kernel.add_link("vnet0", "tun").mac = MacAddress::parse("fe:00:00:00:00:01").value();
  ASSERT_TRUE(attach(domain({nic(1)}, "vm1")));
  EXPECT_TRUE(kernel.solicited.empty()) << "who has a MAC cannot take another";
  ASSERT_TRUE(attach(domain({anonymous()}, "vm2")));
  const auto mac = [](const char* text) { return MacAddress::parse(text).value(); };
  EXPECT_THAT(kernel.reserved,
              testing::UnorderedElementsAre(mac("02:00:00:00:00:fe"), mac("02:00:00:00:01:00"),
                                            mac("02:00:00:00:02:00")));
  // Known to the kernel already: nobody is asked.
  kernel.solicited.clear();
  ASSERT_TRUE(attach(domain({anonymous()}, "vm3")));
  EXPECT_TRUE(kernel.solicited.empty());
}

TEST_F(Sessions, WhileTheGatewayIsSilentNobodyGetsAPortThatCouldTakeItsMac) {
  kernel.neighbours_answer = false;
  const auto before = kernel.state;
  const auto result = attach(domain({anonymous()}));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().line(), HasSubstr("gateway 10.77.0.1 does not answer on wlan0"));
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Sessions, PrepareAgainWithoutReleaseStartsFromScratch) {
  const Domain d = domain({nic(0)});
  ASSERT_TRUE(attach(d));
  ASSERT_TRUE(attach(d));
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
}

TEST_F(Sessions, TapsOfLibvirtJoinAtStartBesideOurs) {
  const auto before = kernel.state;
  GuestNic theirs = nic(1);
  theirs.device_is_ours = false;
  const Domain d = domain({nic(0), theirs});
  ASSERT_TRUE(attach(d));
  kernel.add_link("airtap1", "tun");
  ASSERT_TRUE(attach(d, Stage::start));
  EXPECT_NE(kernel.state.links["airtap1"].master, 0);
  EXPECT_EQ(session().status()->nics.size(), 2U);
  session().detach(d.uuid);
  EXPECT_TRUE(kernel.state.links.contains("airtap1")) << "libvirt's TAP is libvirt's to delete";
  kernel.state.links.erase("airtap1");
  EXPECT_EQ(kernel.state, before);
}

TEST_F(Sessions, ADamagedRecordIsReportedAndNothingIsRemovedOnItsAccount) {
  ASSERT_TRUE(attach(domain({nic(0)})));
  for (const auto& file : std::filesystem::directory_iterator(directory / "run"))
    if (file.path().filename().string().starts_with("guest-"))
      std::filesystem::resize_file(file.path(), 40);
  const Cleanup cleanup = session().reconcile();
  ASSERT_FALSE(cleanup.problems.empty());
  EXPECT_THAT(cleanup.problems[0].line(), HasSubstr("it is damaged"));
  EXPECT_TRUE(kernel.state.links.contains("airtap0"));
}

TEST_F(Sessions, ARecordOnlyHalfWrittenByOneThatWasKilledIsRemoved) {
  std::filesystem::create_directory(records());
  const auto half = records() / "guest-6a1f0000-0000-4000-8000-000000000001.json.new";
  std::ofstream(half) << "{\"vers";
  EXPECT_THAT(session().reconcile().problems, testing::IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(half));
}

TEST_F(Sessions, LeftoversThatCarryOurNameAreRemoved) {
  kernel.add_link("airtap9", "tun").alias = "airtap";
  kernel.state.pins["wlan0"];
  const Cleanup cleanup = session().reconcile();
  EXPECT_EQ(cleanup.removed.size(), 2U);
  EXPECT_FALSE(kernel.state.links.contains("airtap9"));
  EXPECT_TRUE(kernel.state.pins.empty());
}

TEST_F(Sessions, PlanTouchesNothing) {
  const auto before = kernel.state;
  ASSERT_TRUE(session().plan(every_mode));
  EXPECT_EQ(kernel.state, before);
  EXPECT_EQ(kernel.calls, 0U);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace airtap
