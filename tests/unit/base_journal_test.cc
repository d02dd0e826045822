// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>

#include "base/journal.h"
#include "base/unique_fd.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

using namespace std::string_literals;

TEST(Journal, GetsOneDatagramWithALineAField) {
  const test::TempDirectory directory;
  const std::string path = directory / "socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  const UniqueFd listener(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);

  ASSERT_TRUE(send_to_journal(path, {{"MESSAGE", "vm1: gone"}, {"TWO", "a\nb"}}));
  std::array<char, 256> buffer{};
  const auto got = ::recv(listener.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(got)),
            "MESSAGE=vm1: gone\nTWO\n\3\0\0\0\0\0\0\0a\nb\n"s);
}

TEST(Journal, SaysWhenNobodyListens) {
  EXPECT_FALSE(send_to_journal("/nosuch/socket", {{"MESSAGE", "x"}}));
  EXPECT_FALSE(send_to_journal(std::string(200, 'x'), {{"MESSAGE", "x"}}));
}

}  // namespace
}  // namespace airtap
