// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A guest of airtap for a caller of the helper: what the caller gets, and that everything goes when
// nobody has the device any more.
#include <cap-ng.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "helper/stage.h"
#include "record/store.h"
#include "session/processes.h"
#include "watch.h"

namespace airtap::test {
namespace {

namespace fs = std::filesystem;

class Guest : public GuestStage {
 protected:
  void SetUp() override {
    GuestStage::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) allow("allow airtap\nallow up0\n");
  }
  Outcome ask(const std::string& name = "airtap") { return call(asking(name)); }
  static std::vector<GuestRecord> records() {
    std::vector<Error> problems;
    return RecordStore("/run/airtap").guests(problems).value();
  }
  static std::string watcher_file(const std::string& file) {
    return "/proc/" + std::to_string(records().at(0).watcher.pid) + "/" + file;
  }
  /// It goes its own way once it is started: when it has closed what only an ipvtap's needs, it has
  /// come to rest.
  static void wait_for_watcher() {
    for (int i = 0; i < 250 && fs::exists(fs::symlink_status(watcher_file("fd/5"))); ++i)
      ::usleep(20000);
  }
  /// An ARP question of the guest's for the gateway, and whether the answer comes to it.
  static bool reaches_gateway(const Outcome& guest, unsigned char last = 0x0b, int attempts = 20) {
    // 10 bytes of virtio header, then to all, from 52:54:00:00:00:<last> at 10.0.0.11.
    unsigned char question[] = {
        0, 0,    0,  0,    0,    0,    0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54,
        0, 0,    0,  0x0b, 0x08, 0x06, 0, 1, 8, 0, 6,    4,    0,    1,    0x52, 0x54, 0,    0,
        0, 0x0b, 10, 0,    0,    11,   0, 0, 0, 0, 0,    0,    10,   0,    0,    254};
    question[21] = question[37] = last;
    const int fd = guest.device->get();
    for (int attempt = 0; attempt < attempts; ++attempt) {
      if (::write(fd, question, sizeof question) < 0) ADD_FAILURE() << std::strerror(errno);
      pollfd ready{fd, POLLIN, 0};
      while (::poll(&ready, 1, 200) > 0) {
        unsigned char frame[2048];
        const ssize_t got = ::read(fd, frame, sizeof frame);
        if (got >= 52 && frame[10] == 0x52 && frame[15] == last && frame[23] == 0x06 &&
            frame[31] == 2)
          return true;
      }
    }
    return false;
  }
};

TEST_F(Guest, HasADeviceThatReachesTheLan) {
  const Outcome guest = ask();
  ASSERT_EQ(guest.status, 0) << guest.said;
  EXPECT_EQ(guest.said + guest.printed, "");
  EXPECT_EQ(guest.sent, std::string(1, '\0'));
  EXPECT_EQ(guest.name, "airtap-q0");
  EXPECT_TRUE(guest.flags & IFF_VNET_HDR);
  EXPECT_FALSE(guest.flags & IFF_PERSIST);
  const auto link = ip_link("airtap-q0");
  EXPECT_EQ(link["mtu"], 1500);
  EXPECT_EQ(link["master"], "airbr-up0");
  EXPECT_TRUE(reaches_gateway(guest));
}

TEST_F(Guest, IsBoundToTheFirstMacItUses) {
  const Outcome guest = ask();
  ASSERT_EQ(guest.status, 0) << guest.said;
  ASSERT_TRUE(reaches_gateway(guest, 0x0b));
  EXPECT_FALSE(reaches_gateway(guest, 0x0c, 3));
  EXPECT_TRUE(reaches_gateway(guest, 0x0b));
}

TEST_F(Guest, HasTheMtuOfItsUplink) {
  run("ip link set up0 mtu 1380");
  const Outcome guest = ask();
  ASSERT_EQ(guest.status, 0) << guest.said;
  EXPECT_EQ(ip_link("airtap-q0")["mtu"], 1380);
}

TEST_F(Guest, HasTheHeaderItAskedFor) {
  const Outcome guest = call({.program = ours, .arguments = {"--br=airtap"}});
  ASSERT_EQ(guest.status, 0) << guest.said;
  EXPECT_FALSE(guest.flags & IFF_VNET_HDR);
}

TEST_F(Guest, CanAskByTheUplinkOrItsBridgeOrAProfile) {
  allow("allow all\n");
  configure("mode = 'macnat'\n[profile.airtap-lab]\nuplink = 'up0'\nisolate = true\n");
  for (const char* name : {"up0", "airbr-up0", "airtap-lab"}) {
    const Outcome guest = ask(name);
    EXPECT_EQ(guest.status, 0) << guest.said;
    EXPECT_EQ(records().at(0).nics.at(0).label, name);
  }
}

TEST_F(Guest, TheNextOneGetsTheNextNameAndBothEndAlone) {
  std::optional<Outcome> first = ask();
  const Outcome second = ask();
  ASSERT_EQ(second.name, "airtap-q1") << second.said;
  first.reset();
  for (int i = 0; i < 250 && records().size() != 1; ++i) ::usleep(20000);
  EXPECT_EQ(records().size(), 1U);
  EXPECT_TRUE(reaches_gateway(second));
}

TEST_F(Guest, EndsWithTheLastDescriptorOfItsDevice) {
  Outcome guest = ask();
  ASSERT_EQ(guest.status, 0) << guest.said;
  UniqueFd copy(::dup(guest.device->get()));
  guest.device.reset();
  ::usleep(300000);
  EXPECT_EQ(records().size(), 1U) << "somebody has it still";
  copy = UniqueFd();
  EXPECT_EQ(residue_after(5000), "");
}

TEST_F(Guest, EndsWithinASecondOfACallerThatIsKilled) {
  std::string left = "never asked";
  // Other load on the machine may slow it down once, but not each time.
  for (int attempt = 0; attempt < 3 && !left.empty(); ++attempt) {
    Running running = start({.program = ours, .arguments = {"--br=airtap"}});
    int status = -1;
    ASSERT_EQ(::waitpid(running.pid, &status, 0), running.pid);
    ASSERT_EQ(status, 0);
    // In the place of QEMU: it has the socket with the device in it, and nobody else.
    const pid_t qemu = ::fork();
    if (qemu == 0) {
      ::pause();
      ::_exit(0);
    }
    running.socket = UniqueFd();
    EXPECT_EQ(records().size(), 1U);
    ::kill(qemu, SIGKILL);
    ASSERT_EQ(::waitpid(qemu, &status, 0), qemu);
    left = residue_after(1000);
  }
  EXPECT_EQ(left, "");
}

TEST_F(Guest, EndsWhenTheCallerNeverTakesItsDevice) {
  Running running = start({.program = ours, .arguments = {"--br=airtap"}});
  int status = -1;
  ASSERT_EQ(::waitpid(running.pid, &status, 0), running.pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(records().size(), 1U) << "the device is on its way";
  running.socket = UniqueFd();
  EXPECT_EQ(residue_after(5000), "");
}

TEST_F(Guest, IsTheCallersInTheRecordAndAWatcherSpeaksForIt) {
  const Outcome guest = ask();
  ASSERT_EQ(guest.status, 0) << guest.said;
  wait_for_watcher();
  const GuestRecord record = records().at(0);
  EXPECT_EQ(record.emulator.pid, ::getpid()) << "who made the socket";
  EXPECT_TRUE(record.name.ends_with("[" + std::to_string(::getpid()) + "]")) << record.name;
  EXPECT_EQ(fs::read_symlink(watcher_file("exe")), "/usr/libexec/airtap/bridge-watcher");
}

TEST_F(Guest, TheWatcherHoldsNothingOfTheCallersAndCanDoLittle) {
  const Outcome guest = ask();
  ASSERT_EQ(guest.status, 0) << guest.said;
  wait_for_watcher();
  for (const auto& entry : fs::directory_iterator(watcher_file("fd"))) {
    const std::string target = fs::read_symlink(entry.path()).string();
    const bool is_its_own =
        target == "/dev/null" || target.starts_with("socket:") || target.starts_with("pipe:");
    EXPECT_TRUE(is_its_own) << target;
    EXPECT_GE(std::stoi(entry.path().filename()), 0);
  }
  for (const char* standard : {"fd/0", "fd/1", "fd/2"})
    EXPECT_EQ(fs::read_symlink(watcher_file(standard)), "/dev/null");
  EXPECT_EQ(fs::read_symlink(watcher_file("cwd")), "/");
  EXPECT_EQ(text_of(watcher_file("environ")), "");
  const std::string status = text_of(watcher_file("status"));
  for (const char* line :
       {"\nUid:\t0\t0\t0\t0\n", "\nGroups:\t \n", "\nCapEff:\t0000000000000000\n",
        "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"})
    EXPECT_NE(status.find(line), std::string::npos) << line << status;
  const auto rss = status.find("VmRSS:");
  EXPECT_LT(std::stoi(status.substr(rss + 6)), 2048) << "kB";
  EXPECT_NE(::getsid(static_cast<pid_t>(records().at(0).watcher.pid)), ::getsid(0));
}

TEST_F(Guest, ItsWatcherDoesNotDieForLackOfMemory) {
  Call one{.program = ours, .arguments = {"--br=airtap"}};
  one.before = [](int) { std::ofstream("/proc/self/oom_score_adj") << 1000; };
  const Outcome guest = call(one);
  ASSERT_EQ(guest.status, 0) << guest.said;
  ASSERT_EQ(capng_get_caps_process(), 0);
  // The root of some containers may not exempt a process, only take back what a caller has said.
  const bool can_exempt = capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_RESOURCE) != 0;
  EXPECT_EQ(text_of(watcher_file("oom_score_adj")), can_exempt ? "-1000\n" : "0\n");
}

TEST_F(Guest, ItsWatcherOutlivesTheCgroupOfTheCaller) {
  ASSERT_EQ(::mount("none", "/sys/fs/cgroup", "cgroup2", 0, nullptr), 0) << std::strerror(errno);
  const fs::path group = "/sys/fs/cgroup/airtap-test-" + std::to_string(::getpid());
  ASSERT_TRUE(fs::create_directory(group));
  {
    Call one{.program = ours, .arguments = {"--br=airtap"}};
    one.before = [&](int) { std::ofstream(group / "cgroup.procs") << 0; };
    const Outcome guest = call(one);
    ASSERT_EQ(guest.status, 0) << guest.said;
    EXPECT_EQ(text_of(group / "cgroup.procs"), "") << "frozen or killed together with it";
    std::ofstream(group / "cgroup.kill") << 1;
    EXPECT_EQ(records().size(), 1U);
  }
  EXPECT_EQ(residue_after(5000), "");
  fs::remove(group);
}

TEST_F(Guest, WhoHasAFileOpenIsFound) {
  const std::string file = "/run/somebody-s";
  const ProcProcesses processes;
  {
    std::ofstream open(file);
    EXPECT_FALSE(processes.nobody_has_open(file));
    EXPECT_TRUE(processes.nobody_has_open(file + "-other"));
    EXPECT_FALSE(true_without_privilege([&] { return processes.nobody_has_open(file + "-other"); }))
        << "who cannot look does not know";
  }
  EXPECT_TRUE(processes.nobody_has_open(file));
}

TEST_F(Guest, WithoutItsWatcherItStaysUntilItsDeviceOrCallerIsGone) {
  std::optional<Outcome> guest = ask();
  ASSERT_EQ(guest->status, 0) << guest->said;
  ASSERT_EQ(::kill(static_cast<pid_t>(records().at(0).watcher.pid), SIGKILL), 0);
  {
    const Outcome other = ask();
    EXPECT_EQ(records().size(), 2U) << "whoever comes next does not end it";
    EXPECT_TRUE(reaches_gateway(*guest));
  }
  guest.reset();
  const Outcome other = ask();
  ASSERT_EQ(other.status, 0) << other.said;
  for (int i = 0; i < 250 && records().size() != 1; ++i) ::usleep(20000);
  EXPECT_EQ(records().size(), 1U) << "but cleans up when it is over";
}

TEST_F(Guest, WhenItCannotBeMadeNothingIsLeftAndTheCallerIsTold) {
  run("ip link set up0 down");
  const Outcome guest = ask();
  EXPECT_EQ(guest.status, 1);
  EXPECT_EQ(guest.sent, "");
  EXPECT_NE(guest.said.find("airtap: "), std::string::npos) << guest.said;
  EXPECT_EQ(residue_after(5000), "");
}

TEST_F(Guest, AMistakeInTheConfigurationIsTold) {
  configure("mod = 'macnat'\n");
  EXPECT_NE(ask().said.find("airtap.toml, line 1, column 1: unknown key 'mod'"), std::string::npos);
}

/// The watcher alone: what it runs at the end writes down that it was run.
class Watching : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    fs::remove("/usr/libexec/airtap/bridge-guest");
    std::ofstream("/usr/libexec/airtap/bridge-guest") << "#!/bin/sh\necho \"$@\" >/run/ended\n";
    fs::permissions("/usr/libexec/airtap/bridge-guest", fs::perms(0755));
  }
  static bool ended(int milliseconds = 5000) {
    for (int waited = 0; waited < milliseconds; waited += 20) {
      if (text_of("/run/ended") == "forget some-uuid\n") return true;
      ::usleep(20000);
    }
    return false;
  }
  /// A macvtap: its queue is an ipvtap's (drivers/net/tap.c). nullopt: there is none here.
  static std::optional<Device> make_tap_with_node() {
    run("ip link add u0 type veth peer name u1");
    if (run("ip link add link u0 name mvt0 type macvtap mode bridge").status != 0)
      return std::nullopt;
    Device device{.ifindex = static_cast<int>(::if_nametoindex("mvt0"))};
    // Not in /dev, which all namespaces share.
    const std::string name = "tap" + std::to_string(device.ifindex);
    unsigned major = 0, minor = 0;
    char colon = 0;
    std::ifstream("/sys/class/net/mvt0/" + name + "/dev") >> major >> colon >> minor;
    device.node = "/run/" + name;
    EXPECT_EQ(::mknod(device.node.c_str(), S_IFCHR | 0600, makedev(major, minor)), 0);
    return device;
  }
  static UniqueFd open(const Device& device) {
    return UniqueFd(::open(device.node.c_str(), O_RDWR | O_CLOEXEC));
  }
};

TEST_F(Watching, EndsTheGuestOfAMakerThatDied) {
  { ASSERT_TRUE(Watcher::start("some-uuid")); }
  EXPECT_TRUE(ended());
}

TEST_F(Watching, EndsTheGuestWhenItsDeviceIsGone) {
  run("ip link add u0 type dummy || ip link add u0 type veth peer name u1");
  auto watcher = Watcher::start("some-uuid");
  ASSERT_TRUE(watcher);
  const Device device{.ifindex = static_cast<int>(::if_nametoindex("u0"))};
  ASSERT_TRUE(watcher->watch(device));
  run("ip link set u0 up");
  run("ip link set u0 down");
  EXPECT_FALSE(ended(400));
  run("ip link del u0");
  EXPECT_TRUE(ended());
}

TEST_F(Watching, ADeviceThatIsGoneBeforeItLooksIsGone) {
  auto watcher = Watcher::start("some-uuid");
  ASSERT_TRUE(watcher);
  ASSERT_TRUE(watcher->watch({.ifindex = 4711}));
  EXPECT_TRUE(ended());
}

TEST_F(Watching, EndsTheGuestWhenNobodyHasItsNodeOpen) {
  const auto device = make_tap_with_node();
  if (!device) GTEST_SKIP() << "this kernel has no macvtap";
  auto watcher = Watcher::start("some-uuid");
  ASSERT_TRUE(watcher);
  ASSERT_TRUE(watcher->expect_opening(*device));
  UniqueFd fd = open(*device);
  ASSERT_TRUE(fd.valid());
  ASSERT_TRUE(watcher->watch(*device));
  UniqueFd copy(::dup(fd.get()));
  fd = UniqueFd();
  EXPECT_FALSE(ended(300)) << "a copy of the descriptor is the same opening";
  {
    const UniqueFd second = open(*device);
    ASSERT_TRUE(second.valid());
    ::usleep(100000);
  }
  EXPECT_FALSE(ended(300)) << "somebody else's opening came and went";
  copy = UniqueFd();
  EXPECT_TRUE(ended());
  run("ip link del u0");
}

}  // namespace
}  // namespace airtap::test
