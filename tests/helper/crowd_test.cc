// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Very many callers at the same time.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "helper/stage.h"

namespace airtap::test {
namespace {

namespace fs = std::filesystem;

using Crowd = GuestStage;

/// Of the processes that `parent` has started, those that run this program.
int children_running(pid_t parent, const std::string& program) {
  int count = 0;
  const std::string pid = std::to_string(parent);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  for (std::string child; children >> child;) {
    std::error_code none;
    count += fs::read_symlink("/proc/" + child + "/exe", none) == program ? 1 : 0;
  }
  return count;
}

/// All are refused for one reason or another, and none can end, because nobody reads what they say:
/// that many run at the same time. Meanwhile others are served. By a shell: copying this process,
/// with sanitizers, takes longer than a call.
TEST_F(Crowd, TenThousandCallsAtOnceLeaveNothingAndStopNobody) {
  constexpr int calls = 10000;
  // One in ten has a process more, to read the list.
  const std::string script =
      "for i in $(seq 1000); do for name in --br=br1 --br=br0x --br=br0/ --br=airbr- --br=br2 "
      "--br=br/1 --br=br3 --br=../br0 --br=br4 --br=airtap-none; do "
      "$0 $name $1 & pids=\"$pids $!\"; done; done; "
      "for pid in $pids; do wait $pid; [ $? = 1 ] && n=$((n + 1)); done; echo $n";
  const auto fds_before = open_fds();
  {
    Call many{.program = "/bin/sh", .arguments = {"-c", script, ours}};
    many.before = [](int) {
      rlimit processes{};
      ::getrlimit(RLIMIT_NPROC, &processes);
      processes.rlim_cur = processes.rlim_max;
      ::setrlimit(RLIMIT_NPROC, &processes);
    };
    many.at_last = [](int) { fill(STDERR_FILENO); };
    Running shell = start(many);
    int running = 0;
    for (int i = 0; i < 200 && running < calls; ++i) {
      ::usleep(200000);
      running = children_running(shell.pid, ours);
    }
    EXPECT_EQ(running, calls) << "at the same time; the machine has room for "
                              << text_of("/proc/sys/kernel/pid_max") << " processes";
    for (const char* name : {"br0", "airtap"}) {
      const Outcome outcome = call(asking(name));
      EXPECT_EQ(outcome.status, 0) << outcome.said;
      EXPECT_TRUE(outcome.device);
    }
    EXPECT_EQ(children_running(shell.pid, ours), running) << "all this time";
    const Outcome outcome = finish(std::move(shell));
    EXPECT_EQ(outcome.printed, std::to_string(calls) + "\n") << "refused";
    EXPECT_EQ(outcome.sent, "");
  }
  EXPECT_EQ(open_fds(), fds_before);
  EXPECT_EQ(residue_after(10000), "");
}

TEST_F(Crowd, AHundredGuestsAtOnceGetEachTheirOwnAndAllGo) {
  constexpr int calls = 100, at_a_time = 8;
  std::vector<Running> running;
  std::vector<Outcome> guests;
  std::set<std::string> names;
  for (int i = 0; i < calls + at_a_time; ++i) {
    if (i < calls) running.push_back(start(asking("airtap")));
    if (i < at_a_time - 1 || running.empty()) continue;
    Outcome outcome = finish(std::move(running.front()));
    running.erase(running.begin());
    ASSERT_EQ(outcome.status, 0) << outcome.said;
    EXPECT_TRUE(names.insert(outcome.name).second) << outcome.name << " was given away twice";
    guests.push_back(std::move(outcome));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(calls));
  guests.clear();
  EXPECT_EQ(residue_after(60000), "");
}

}  // namespace
}  // namespace airtap::test
