// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/bridge_acl.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "support/temp_directory.h"

namespace airtap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = AclRule::Kind;

std::string error_of(std::string_view text) {
  const auto rules = parse_acl(text, "f");
  return rules ? "" : rules.error().line();
}

TEST(BridgeAclText, EveryLineThatThereIs) {
  const auto rules = parse_acl(
      "# a comment\n\n  \t\nallow br0\n\t deny  br1 \r\ninclude /etc/qemu/more of "
      "it.conf\nallow\tall",
      "f");
  ASSERT_TRUE(rules) << rules.error().line();
  EXPECT_THAT(*rules, ElementsAre(AclRule{Kind::allow, "br0"}, AclRule{Kind::deny, "br1"},
                                  AclRule{Kind::include, "/etc/qemu/more of it.conf"},
                                  AclRule{Kind::allow, "all"}));
}

TEST(BridgeAclText, WhatIsWrongIsToldWithItsLine) {
  EXPECT_EQ(error_of("\nAllow br0"),
            "f, line 2: unknown command 'Allow' (there are allow, deny and "
            "include)");
  EXPECT_EQ(error_of("allow"),
            "f, line 1: allow without a name (write the name of a bridge, or "
            "all)");
  EXPECT_THAT(error_of("include  \n"), HasSubstr("include without a path"));
  EXPECT_THAT(error_of("allow br0 # mine"),
              HasSubstr("something follows the name in 'br0 # mine'"));
  EXPECT_THAT(error_of("deny 1234567890123456"), HasSubstr("has more than 15 bytes"));
  EXPECT_EQ(error_of("deny 123456789012345"), "");
  EXPECT_THAT(error_of(std::string_view("allow br\0001", 10)), HasSubstr("a NUL byte"));
  EXPECT_THAT(error_of("\x1b[2Jgo br0"), HasSubstr("'?[2Jgo'")) << "no control characters";
}

class BridgeAcl : public testing::Test {
 protected:
  BridgeAcl() { ::chmod(directory.c_str(), 0755); }
  std::string file(const std::string& name, const std::string& text, mode_t mode = 0644,
                   gid_t group = 0) {
    const std::string path = directory / name;
    std::ofstream(path) << text;
    EXPECT_EQ(::chown(path.c_str(), 0, group), 0);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  /// "" when allowed.
  std::string answer(const std::string& name) {
    const auto result = check_acl(directory / "main", name);
    return result ? "" : result.error().line();
  }
  /// The same as a user of group 4242 (and of no other).
  std::string answer_as_user(const std::string& name) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgroups(0, nullptr) != 0 || ::setresgid(4242, 4242, 4242) != 0 ||
          ::setresuid(4242, 4242, 4242) != 0)
        ::_exit(1);
      const std::string text = answer(name);
      const ssize_t written = ::write(ends[1], text.data(), text.size());
      ::_exit(written < 0);
    }
    ::close(ends[1]);
    std::string text(4096, '\0');
    const ssize_t got = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
  }

  test::TempDirectory directory;
};

TEST_F(BridgeAcl, WithoutAnAllowTheAnswerIsNo) {
  file("main", "allow br1\n");
  EXPECT_EQ(answer("br1"), "");
  EXPECT_THAT(answer("br0"), HasSubstr("access denied by acl file"));
  EXPECT_THAT(answer("br0"), HasSubstr("add the line: allow br0"));
  EXPECT_NE(answer("br"), "");
  EXPECT_NE(answer("br11"), "");
  EXPECT_EQ(check_acl(directory / "main", "br0").error().code(), EACCES);
}

TEST_F(BridgeAcl, DenyWinsWhereverItStands) {
  file("main", "deny br0\nallow all\n");
  EXPECT_THAT(answer("br0"), HasSubstr("a line that denies"));
  EXPECT_EQ(answer("br1"), "");
  file("main", "allow br0\ndeny all\n");
  EXPECT_NE(answer("br0"), "");
}

TEST_F(BridgeAcl, IncludesAddAndARelativeOneIsBesideItsFile) {
  file("more", "allow br1\n");
  file("main", "allow br0\ninclude more\n");
  EXPECT_EQ(answer("br0"), "");
  EXPECT_EQ(answer("br1"), "");
  file("more", "deny br0\n");
  EXPECT_NE(answer("br0"), "");
}

TEST_F(BridgeAcl, AnIncludeThatCannotBeReadIsAnError) {
  file("main", "allow br0\ninclude " + (directory / "none").string() + "\n");
  EXPECT_THAT(answer("br0"), HasSubstr("none: No such file or directory"));
  file("main", std::string("allow br0\ninclude ") + directory.c_str() + "\n");
  EXPECT_THAT(answer("br0"), HasSubstr("is not a regular file"));
  file("main", "allow br0\ninclude bad\n");
  file("bad", "alow br0\n");
  EXPECT_THAT(answer("br0"), HasSubstr("bad, line 1: unknown command 'alow'"));
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0644), 0);
  file("main", "allow br0\ninclude pipe\n");
  EXPECT_THAT(answer("br0"), HasSubstr("is not a regular file")) << "and nobody waits";
  EXPECT_THAT(check_acl(directory / "nowhere", "br0").error().line(), HasSubstr("No such file"));
}

TEST_F(BridgeAcl, LoopsAndFloodsEnd) {
  file("main", "allow br0\ninclude main\n");
  EXPECT_THAT(answer("br0"), HasSubstr("includes itself"));
  file("main", "allow br0\ninclude a\n");
  file("a", "include ./b\n");
  file("b", "include ././a\n");
  EXPECT_THAT(answer("br0"), HasSubstr("too many files include each other"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "include a\n";
  file("a", "allow br0\n");
  file("main", many);
  EXPECT_THAT(answer("br0"), HasSubstr("too many files"));
  file("main", "allow br0\n#" + std::string(max_acl_file, 'x'));
  EXPECT_THAT(answer("br0"), HasSubstr("has more than 1048576 bytes"));
}

TEST_F(BridgeAcl, AFileForAnotherGroupIsSkippedOneThatOnlyRootReadsIsAMistake) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  file("main", "allow br0\ninclude mine\ninclude theirs\n");
  file("mine", "allow br1\n", 0640, 4242);
  file("theirs", "allow br2\ndeny br0\n", 0640, 4243);
  EXPECT_EQ(answer_as_user("br0"), "");
  EXPECT_EQ(answer_as_user("br1"), "");
  EXPECT_THAT(answer_as_user("br2"), HasSubstr("access denied"));
  for (const auto& [mode, group] :
       {std::pair(0640, 0), std::pair(0600, 4243), std::pair(0200, 4242)}) {
    file("theirs", "allow br2\n", static_cast<mode_t>(mode), static_cast<gid_t>(group));
    EXPECT_THAT(answer_as_user("br0"), HasSubstr("theirs: Permission denied"))
        << mode << " " << group;
  }
}

}  // namespace
}  // namespace airtap
