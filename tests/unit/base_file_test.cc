// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/file.h"
#include "support/temp_directory.h"

namespace airtap::test {
namespace {

TEST(BaseFile, PlainFilesAreReadWholeWhateverTheirLength) {
  const TempDirectory directory;
  const auto path = directory / "file";
  for (const std::size_t length : {0U, 1U, 4095U, 4096U, 4097U, 8192U, 100000U}) {
    std::string text(length, 'x');
    if (length > 0) text.back() = 'y';
    std::ofstream(path) << text;
    EXPECT_EQ(read_plain_file(path).value_or("none"), text);
    EXPECT_EQ(read_file(path).value_or("none"), text);
  }
}

TEST(BaseFile, WhatComesInPiecesIsReadToItsEnd) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  if (::fork() == 0) {
    const bool first = ::write(pipe[1], "one ", 4) == 4;
    ::usleep(100'000);
    ::_exit(first && ::write(pipe[1], "two", 3) == 3 ? 0 : 1);
  }
  ::close(pipe[1]);
  EXPECT_EQ(read_file("/proc/self/fd/" + std::to_string(pipe[0])).value_or("none"), "one two");
  ::close(pipe[0]);
}

TEST(BaseFile, TheErrorNamesTheFile) {
  const auto text = read_plain_file("/none/such");
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().line().find("/none/such"), std::string::npos);
}

}  // namespace
}  // namespace airtap::test
