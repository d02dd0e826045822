// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Pins, filters and maps: what airtap leaves behind, and what it never touches. `tc` and `bpftool`
// are the witnesses.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "datapath/house.h"

namespace airtap::test {
namespace {

class Loader : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = Sandbox::unavailable(); !reason.empty()) GTEST_SKIP() << reason;
    box_ = std::make_unique<Sandbox>();
    box_->connect("up0", "lan0");
  }
  void load() { ASSERT_EQ(said(datapath_.load(uplink_)), ""); }
  std::string qdiscs() const { return box_->output("tc qdisc show dev up0"); }
  std::string filters() const {
    return box_->output("tc filter show dev up0 ingress; tc filter show dev up0 egress");
  }
  Result<> attach_air() { return datapath_.attach(uplink_, uplink_, Attachment::air); }
  Result<> detach_air() { return datapath_.detach(uplink_, Attachment::air); }

  const IfName uplink_ = name("up0");
  BpfDatapath datapath_;
  std::unique_ptr<Sandbox> box_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Loader, NothingIsLeftAfterUnloading) {
  load();
  EXPECT_EQ(datapath_.loaded().value(), std::vector{uplink_});
  EXPECT_TRUE(contains(box_->output("ls /sys/fs/bpf/airtap/up0"), "from_air"));
  EXPECT_EQ(box_->output("stat -c %a /sys/fs/bpf/airtap /sys/fs/bpf/airtap/up0"), "700\n700\n");
  EXPECT_EQ(said(datapath_.unload(uplink_)), "");
  EXPECT_TRUE(datapath_.loaded().value().empty());
  EXPECT_EQ(box_->output("test -e /sys/fs/bpf/airtap || echo gone"), "gone\n");
  EXPECT_EQ(said(datapath_.unload(uplink_)), "") << "again is no error";
}

TEST_F(Loader, ASecondLoadIsRefusedAndTheFirstStays) {
  load();
  const auto again = datapath_.load(uplink_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), EEXIST);
  EXPECT_EQ(said(attach_air()), "");
}

TEST_F(Loader, AnUplinkWithADotInItsNameIsPossible) {
  const IfName vlan = name("up0.5");
  ASSERT_EQ(said(datapath_.load(vlan)), "");
  EXPECT_EQ(datapath_.loaded().value(), std::vector{vlan});
  EXPECT_EQ(said(datapath_.unload(vlan)), "");
}

TEST_F(Loader, WhatACrashDuringLoadingLeftIsNoUplinkAndIsReplaced) {
  box_->run("mkdir -p '/sys/fs/bpf/airtap/:up0/clsact:7'");
  EXPECT_TRUE(datapath_.loaded().value().empty());
  load();
  EXPECT_EQ(box_->output("ls /sys/fs/bpf/airtap"), "up0\n");
}

TEST_F(Loader, AMissingBpfFileSystemIsNamedWithTheCommandThatHelps) {
  ASSERT_EQ(::umount2("/sys/fs/bpf", MNT_DETACH), 0);
  while (::umount2("/sys/fs/bpf", MNT_DETACH) == 0) {
  }
  EXPECT_EQ(said(datapath_.load(uplink_)),
            "no BPF file system at /sys/fs/bpf (mount -t bpf bpf /sys/fs/bpf)");
}

TEST_F(Loader, LackOfPrivilegeIsToldApart) {
  const auto text = box_->output("unshare --user true >/dev/null 2>&1 && echo yes || echo no");
  if (text != "yes\n") GTEST_SKIP() << "no user namespaces";
  // A process without any capability, on a bpffs that is there.
  const pid_t child = ::fork();
  if (child == 0) {
    BpfDatapath unprivileged("/sys/fs/bpf/airtap");
    if (::chmod("/sys/fs/bpf", 0777) != 0 || ::setresuid(65534, 65534, 65534) != 0) _exit(9);
    const auto result = unprivileged.load(name("up0"));
    _exit(!result && result.error().code() == EPERM ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Loader, ClsactThatWeMadeGoesWithOurFilters) {
  load();
  ASSERT_EQ(said(attach_air()), "");
  EXPECT_TRUE(contains(filters(), "from_air"));
  EXPECT_TRUE(contains(filters(), "from_host"));
  ASSERT_EQ(said(attach_air()), "") << "attaching again replaces";
  EXPECT_EQ(said(detach_air()), "");
  EXPECT_FALSE(contains(qdiscs(), "clsact"));
  EXPECT_EQ(said(detach_air()), "") << "again is no error";
  ASSERT_EQ(said(attach_air()), "") << "where it was once, the kernel answers otherwise";
  EXPECT_EQ(said(detach_air()), "");
  EXPECT_FALSE(contains(qdiscs(), "clsact"));
}

TEST_F(Loader, ClsactThatWasThereStays) {
  load();
  box_->run("tc qdisc add dev up0 clsact");
  ASSERT_EQ(said(attach_air()), "");
  EXPECT_EQ(said(detach_air()), "");
  EXPECT_TRUE(contains(qdiscs(), "clsact"));
  EXPECT_EQ(filters(), "");
}

TEST_F(Loader, ForeignFiltersStayAndKeepSeeingFrames) {
  load();
  ASSERT_EQ(said(attach_air()), "");
  box_->run("ip address add 10.0.0.1/24 dev up0");
  const auto lan = box_->lan_socket("lan0");
  const Frame ask =
      ethernet(broadcast, lan_mac, type_arp, arp(1, lan_mac, lan_ip, no_mac, host_ip));
  lan.send(ask);
  EXPECT_TRUE(lan.receive(of_type(type_arp)));
  // one that drops everything, at a later priority
  box_->run(
      "tc filter add dev up0 ingress prio 50 bpf da object-pinned "
      "/sys/fs/bpf/airtap/up0/to_bridge_self");
  lan.send(ask);
  EXPECT_EQ(lan.count(of_type(type_arp)), 0) << "ours let nothing through to the foreign filter";
  EXPECT_EQ(said(detach_air()), "");
  EXPECT_TRUE(contains(qdiscs(), "clsact"));
  EXPECT_TRUE(contains(filters(), "to_bridge_self"));
  EXPECT_FALSE(contains(filters(), "from_"));
}

TEST_F(Loader, FailingToAttachLeavesTheDeviceAsItWas) {
  EXPECT_FALSE(attach_air()) << "nothing is loaded";
  EXPECT_FALSE(contains(qdiscs(), "clsact"));
  load();
  box_->run("tc qdisc add dev up0 ingress");
  const auto result = attach_air();
  ASSERT_FALSE(result);
  EXPECT_TRUE(contains(result.error().line(), "a qdisc \"ingress\""));
  EXPECT_EQ(filters(), "");
  EXPECT_TRUE(contains(qdiscs(), "ingress ffff:"));
}

TEST_F(Loader, DetachingFromADeviceThatIsGoneIsNoError) {
  EXPECT_EQ(said(datapath_.detach(name("gone0"), Attachment::tap)), "");
}

TEST_F(Loader, ProgramsKeepForwardingWhenEveryPinIsGone) {
  load();
  ASSERT_EQ(said(attach_air()), "");
  ASSERT_EQ(box_->output("rm -r /sys/fs/bpf/airtap && echo gone"), "gone\n");
  EXPECT_TRUE(contains(filters(), "from_air"));
}

TEST_F(Loader, UnloadingDetachesWhatIsStillThere) {
  load();
  ASSERT_EQ(said(attach_air()), "");
  ASSERT_EQ(said(datapath_.attach(uplink_, uplink_, Attachment::ipvlan)), "");
  EXPECT_EQ(said(datapath_.unload(uplink_)), "");
  EXPECT_EQ(filters(), "");
  EXPECT_FALSE(contains(qdiscs(), "clsact"));
}

}  // namespace
}  // namespace airtap::test
