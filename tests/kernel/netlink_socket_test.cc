// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/netlink_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/net_namespace.h"

namespace airtap {
namespace {

namespace fs = std::filesystem;

std::string behind(int fd) {
  std::error_code none;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), none);
}

/// The descriptor that was opened last.
int newest_descriptor() {
  int newest = -1;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    const int fd = std::atoi(entry.path().filename().c_str());
    if (behind(fd).starts_with("socket:")) newest = std::max(newest, fd);
  }
  return newest;
}

class NetlinkSocketTest : public test::NetNamespaceTest {};

TEST_F(NetlinkSocketTest, WhatCouldNotBeSentHarmsNoLaterRequest) {
  auto socket = NetlinkSocket::open(NETLINK_ROUTE);
  ASSERT_TRUE(socket) << socket.error().line();
  NetlinkMessage ask(RTM_GETLINK, NLM_F_REQUEST);
  ask.header(ifinfomsg{}).text(IFLA_IFNAME, "lo");
  ASSERT_TRUE(socket->request(ask, "ask"));

  // Another file in the socket's place, which sendmsg() refuses, until that has failed.
  const int its = newest_descriptor();
  const int aside = ::fcntl(its, F_DUPFD_CLOEXEC, 100);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(::dup2(file, its), 0);
  EXPECT_EQ(socket->request(ask, "ask").error().code(), ENOTSOCK);
  if (behind(its) == "/dev/null") ::dup2(aside, its);
  ::close(aside);
  ::close(file);

  const auto later = socket->request(ask, "ask");
  EXPECT_TRUE(later) << later.error().line();
}

}  // namespace
}  // namespace airtap
