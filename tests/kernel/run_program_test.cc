// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/run_program.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <cstdlib>

namespace airtap {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr milliseconds long_enough{20000};

TEST(RunProgram, GivesStatusAndAllThatWasSaid) {
  const auto result = run_program({"sh", "-c", "echo out; echo err >&2; exit 3"}, long_enough);
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->status, 3);
  EXPECT_EQ(result->text, "out\nerr\n");
  const auto much = run_program({"seq", "20000"}, long_enough);
  ASSERT_TRUE(much);
  EXPECT_EQ(much->text.size(), 108894U);
}

TEST(RunProgram, ASignalIsAStatus) {
  const auto result = run_program({"sh", "-c", "kill -9 $$"}, long_enough);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 128 + 9);
}

TEST(RunProgram, WhatTakesTooLongIsKilled) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run_program({"sleep", "60"}, milliseconds(100));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ETIMEDOUT);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, long_enough);
}

TEST(RunProgram, NeitherPathNorEnvironmentOfTheCallerCount) {
  ASSERT_EQ(::setenv("AIRTAP_SECRET", "told", 1), 0);
  const auto result = run_program({"env"}, long_enough);
  ::unsetenv("AIRTAP_SECRET");
  ASSERT_TRUE(result);
  EXPECT_THAT(result->text, Not(HasSubstr("told")));
  const auto none = run_program({"airtap-no-such-program"}, long_enough);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ENOENT);
  EXPECT_EQ(find_program("airtap-no-such-program"), "");
  EXPECT_THAT(find_program("sh"), HasSubstr("/bin/sh"));
}

}  // namespace
}  // namespace airtap
