// SPDX-License-Identifier: LGPL-2.1-or-later
//
// up, down, status and reconcile: devices for hotplug, and what is told of them.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "programs/host.h"

namespace airtap::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string mac = "52:54:00:12:34:56";

/// The guest's end of a TAP.
UniqueFd plug_into(const std::string& device) {
  UniqueFd fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  device.copy(static_cast<char*>(request.ifr_name), IFNAMSIZ - 1);
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) return {};
  return fd;
}

/// An ARP announcement of 10.77.0.31 by `mac`, behind a virtio header.
const std::string announcement(
    "\0\0\0\0\0\0\0\0\0\0"
    "\xff\xff\xff\xff\xff\xff\x52\x54\x00\x12\x34\x56\x08\x06"
    "\x00\x01\x08\x00\x06\x04\x00\x01\x52\x54\x00\x12\x34\x56\x0a\x4d\x00\x1f"
    "\x00\x00\x00\x00\x00\x00\x0a\x4d\x00\x1f",
    10 + 14 + 28);

class DeviceCommands : public Host {};

TEST_F(DeviceCommands, UpMakesADeviceAndDownTakesItAway) {
  const auto up = airtap("up airtap0 --mode macnat --mtu 1400 --queues 2 --mac " + mac);
  EXPECT_EQ(up.status, 0);
  EXPECT_EQ(up.output,
            "<interface type='ethernet'>\n  <mac address='52:54:00:12:34:56'/>\n"
            "  <target dev='airtap0' managed='no'/>\n  <model type='virtio'/>\n"
            "  <driver queues='2'/>\n  <mtu size='1400'/>\n</interface>\n");
  const auto link = ip_link("airtap0");
  EXPECT_EQ(link["mtu"], 1400);
  EXPECT_EQ(link["linkinfo"]["info_data"].value("multi_queue", false), true);
  EXPECT_THAT(airtap("up airtap0").output, HasSubstr("target airtap0 exists already"));
  const auto down = airtap("down airtap0");
  EXPECT_EQ(down.output, "");
  EXPECT_EQ(down.status, 0);
  EXPECT_EQ(residue(), "");
  EXPECT_THAT(airtap("down airtap0").output, HasSubstr("airtap0 is no device of airtap's"));
}

TEST_F(DeviceCommands, AMacByChanceIsInQemusRange) {
  EXPECT_THAT(airtap("up airtap0").output, HasSubstr("<mac address='52:54:00:"));
  EXPECT_THAT(airtap("up airtap1").output, Not(HasSubstr(ip_link("airtap0").value("address", ""))));
}

TEST_F(DeviceCommands, WrongWordsAreRefusedBeforeAnythingIsMade) {
  EXPECT_THAT(airtap("up airtap0 --mode nosuch").output, HasSubstr("nosuch"));
  EXPECT_THAT(airtap("up airtap0 --mac 52:54").output, HasSubstr("52:54"));
  EXPECT_THAT(airtap("up airtap0 --uplink nosuch0").output, HasSubstr("nosuch0"));
  EXPECT_THAT(airtap("up airtap0 --uplink a/b").output, HasSubstr("--uplink: "));
  EXPECT_THAT(airtap("down a/b").output, HasSubstr("a/b"));
  EXPECT_EQ(airtap("up airtap0 --addresses 65").status, 2);
  EXPECT_EQ(airtap("up").status, 2);
  EXPECT_EQ(airtap("").status, 2);
  EXPECT_EQ(residue(), "");
}

TEST_F(DeviceCommands, ADeviceInAGuestStays) {
  ASSERT_EQ(airtap("up airtap0").status, 0);
  {
    const UniqueFd guest = plug_into("airtap0");
    ASSERT_TRUE(guest.valid());
    const auto down = airtap("down airtap0");
    EXPECT_EQ(down.status, 1);
    EXPECT_THAT(down.output, HasSubstr("airtap0 is plugged into a guest"));
  }
  EXPECT_EQ(airtap("down airtap0").status, 0);
}

TEST_F(DeviceCommands, StatusTellsAddressesAndTraffic) {
  EXPECT_EQ(airtap("status").output, "no guest uses airtap\n");
  ASSERT_EQ(airtap("up airtap0 --mode macnat --mac " + mac).status, 0);
  const UniqueFd guest = plug_into("airtap0");
  ASSERT_TRUE(guest.valid());
  // Before that its frames are learned from and not let through.
  ASSERT_TRUE(eventually([] {
    return ip_link("airtap0")["linkinfo"]["info_slave_data"].value("state", "") == "forwarding";
  }));
  ASSERT_EQ(::write(guest.get(), announcement.data(), announcement.size()),
            static_cast<ssize_t>(announcement.size()));
  EXPECT_TRUE(eventually([] {
    return airtap("status").output.find("address 10.77.0.31 (by arp") != std::string::npos;
  }));
  const auto text = airtap("status airtap0").output;
  EXPECT_THAT(
      text,
      HasSubstr(
          "airtap0: 52:54:00:12:34:56: airtap0 on cable0, mode macnat (asked for by --mode), "));
  EXPECT_THAT(text, HasSubstr("on the air 02:00:00:00:00:02"));
  EXPECT_THAT(text, HasSubstr("from guest 1 packets, "));
  const auto json = nlohmann::json::parse(airtap("status --json").output);
  EXPECT_EQ(json["nics"][0]["addresses"][0]["address"], "10.77.0.31");
  EXPECT_EQ(json["nics"][0]["from_guest"]["packets"], 1);
  EXPECT_EQ(json["uplinks"][0]["station_mac"], "02:00:00:00:00:02");
}

TEST_F(DeviceCommands, ReconcileTakesAwayWhatADeadGuestHasLeft) {
  EXPECT_EQ(airtap("reconcile").output, "nothing to clean up\n");
  // The hook's program is what libvirt would start, and its parent what would be libvirt.
  std::ofstream("/run/vm1.xml") << domain_xml("vm1", vm1_uuid,
                                              "<interface type='ethernet'>\n<mac address='" + mac +
                                                  "'/>\n<target dev='airtap7' managed='no'/>\n"
                                                  "</interface>\n");
  const auto hook =
      run("sh -c '" + build +
          "/hooks/airtap-qemu-hook-program vm1 prepare begin - </run/vm1.xml; exit $?'");
  ASSERT_EQ(hook.status, 0) << hook.output;
  ASSERT_FALSE(ip_link("airtap7").is_null());
  const auto reconciled = airtap("reconcile");
  EXPECT_EQ(reconciled.output,
            "removed guest vm1\nremoved bridge of cable0\nremoved datapath of cable0\n");
  EXPECT_EQ(reconciled.status, 0);
  EXPECT_EQ(residue(), "");
}

TEST_F(DeviceCommands, ARecordThatCannotBeReadIsAProblem) {
  fs::create_directories("/run/airtap");
  std::ofstream("/run/airtap/guest-broken.json") << "{";
  const auto status = airtap("status");
  EXPECT_EQ(status.status, 1);
  EXPECT_THAT(status.output, HasSubstr("guest-broken.json"));
  const auto reconciled = airtap("reconcile");
  EXPECT_EQ(reconciled.status, 1);
  EXPECT_THAT(reconciled.output, HasSubstr("guest-broken.json"));
}

}  // namespace
}  // namespace airtap::test
