// SPDX-License-Identifier: LGPL-2.1-or-later
//
// airtap-monitor as systemd runs it: there while there are guests, and quick when the host changes.
#include <sys/wait.h>

#include "programs/host.h"

namespace airtap::test {
namespace {

using testing::HasSubstr;

class Monitor : public Host {
 protected:
  static CommandResult monitor(const std::string& words) {
    return run(build + "/plugin/monitor/airtap-monitor " + words);
  }

  void start() {
    pid_ = ::fork();
    if (pid_ == 0) {
      const std::string program = build + "/plugin/monitor/airtap-monitor";
      ::execl(program.c_str(), program.c_str(), nullptr);
      ::_exit(127);
    }
  }
  /// The status of its end, nothing while it runs.
  std::optional<int> ended() {
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    return status_;
  }
  void ask_to_go() const { ::kill(pid_, SIGTERM); }
  bool ends() {
    return eventually([&] { return ended().has_value(); });
  }
  static bool on_the_air(const std::string& mac) {
    return eventually(
        [&] { return airtap("status").output.find("on the air " + mac) != std::string::npos; });
  }

  void TearDown() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    Host::TearDown();
  }

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

TEST_F(Monitor, FollowsTheHostsMacAndEndsWithTheLastGuest) {
  ASSERT_EQ(airtap("up airtap0 --mode macnat").status, 0);
  ASSERT_EQ(airtap("up airtap1 --mode macnat").status, 0);
  start();
  ASSERT_EQ(run("ip link set cable0 address 02:00:00:00:00:77").status, 0);
  EXPECT_TRUE(on_the_air("02:00:00:00:00:77"));
  ASSERT_EQ(airtap("down airtap0").status, 0);
  // Two seconds are more than it takes to look.
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_FALSE(ended()) << "a guest is left";
  ASSERT_EQ(airtap("down airtap1").status, 0);
  EXPECT_TRUE(ends());
  EXPECT_EQ(ended(), 0);
  EXPECT_EQ(residue(), "");
}

TEST_F(Monitor, PutsProgramsBackOnAnUplinkMadeAnew) {
  ASSERT_EQ(airtap("up airtap0 --mode macnat").status, 0);
  start();
  run("ip link del cable0");
  run("ip link add cable0 type veth peer name lan0 netns " + lan_->pid());
  run("ip link set cable0 up");
  EXPECT_TRUE(eventually([] {
    return run("tc filter show dev cable0 ingress").output.find("bpf") != std::string::npos;
  }));
}

TEST_F(Monitor, GoesWhenAskedTo) {
  ASSERT_EQ(airtap("up airtap0").status, 0);
  start();
  // Asked before it listens, it would end by the signal.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  ask_to_go();
  EXPECT_TRUE(ends());
  EXPECT_EQ(ended(), 0);
}

TEST_F(Monitor, HasNothingToDoWithoutGuests) {
  EXPECT_EQ(monitor("").status, 0);
  fs::create_directories("/run/airtap");
  EXPECT_EQ(monitor("").status, 0);
  std::ofstream("/run/file");
  fs::remove("/run/airtap");
  fs::create_symlink("/run/file", "/run/airtap");
  const auto broken = monitor("");
  EXPECT_EQ(broken.status, 1);
  EXPECT_THAT(broken.output, HasSubstr("airtap-monitor: "));
}

TEST_F(Monitor, KnowsTwoWords) {
  EXPECT_THAT(monitor("--version").output, testing::StartsWith("airtap-monitor "));
  EXPECT_THAT(monitor("--help").output, testing::StartsWith("usage: airtap-monitor"));
  const auto wrong = monitor("--nosuch");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.output, HasSubstr("unknown argument '--nosuch'"));
}

}  // namespace
}  // namespace airtap::test
