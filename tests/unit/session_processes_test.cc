// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "session/processes.h"

namespace airtap {
namespace {

TEST(SessionProcesses, AliveIsThisOneAndMayBeAliveWhoeverHasItsPid) {
  const ProcProcesses processes;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::pause());
  const auto process = processes.identify(child);
  ASSERT_TRUE(process);
  const ProcessId another{.pid = child, .start = process->start + 1};
  EXPECT_TRUE(processes.alive(*process));
  EXPECT_FALSE(processes.alive(another));
  EXPECT_TRUE(processes.may_be_alive(another));

  ::kill(child, SIGKILL);
  siginfo_t ended;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(processes.alive(*process)) << "dead, only not reaped yet";
  EXPECT_TRUE(processes.may_be_alive(*process));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(processes.may_be_alive(*process));
  EXPECT_FALSE(processes.may_be_alive({})) << "0 would be the whole group";
}

}  // namespace
}  // namespace airtap
