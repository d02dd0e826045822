// SPDX-License-Identifier: LGPL-2.1-or-later
//
// QEMU's helper and ours, called alike: the same answer, row by row, or the reason why not.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>

#include "helper/stage.h"

namespace airtap::test {
namespace {

using Words = std::vector<std::string>;

struct Row {
  std::string what;
  std::string list;  ///< bridge.conf
  Words arguments{"--br=br0"};
  std::string prepare{};            ///< a shell command before
  std::function<void(Call&)> as{};  ///< what else is special about the call
  /// Where ours differs on purpose: why. Then `stock` and `ours` are the exit statuses.
  std::string because{};
  int stock = 0, ours = 1;
};

/// Everything about a call that its caller could notice, but not the words.
std::string notice(const Outcome& outcome) {
  std::string text = "status " + std::to_string(outcome.status);
  if (!outcome.sent.empty()) text += ", " + std::to_string(outcome.sent.size()) + " byte(s)";
  if (!outcome.device) return text;
  const auto link = ip_link(outcome.name);
  text += " " + std::to_string(outcome.sent[0]) + " and " + outcome.name + " flags " +
          std::to_string(outcome.flags) + " mtu " + std::to_string(link.value("mtu", 0)) + " on " +
          link.value("master", "nothing") + " mac " + link.value("address", "").substr(0, 2);
  return text + (ip_link_has_flag(link, "UP") ? " up" : " down");
}

std::function<void(Call&)> in_caller(std::function<void(int)> change) {
  return [change](Call& call) { call.before = change; };
}

/// The socket's place is taken by something else.
void put(int socket, int other) { ::dup2(other, socket); }

std::vector<Row> list_rows() {
  return {
      {"allowed by name", "allow br0\n"},
      {"allowed with all others", "allow all\n"},
      {"not mentioned", "allow br1\n"},
      {"an empty list", ""},
      {"denied before it is allowed", "deny br0\nallow br0\n"},
      {"denied after it is allowed", "allow br0\ndeny br0\n"},
      {"denied with all others", "allow br0\ndeny all\n"},
      {"another one denied", "deny br1\nallow all\n"},
      {"a longer name allowed", "allow br00\n"},
      {"a shorter name allowed", "allow br\n"},
      {"comments, blank lines, tabs, carriage returns",
       "# no\n\n   \n\t# no\n  allow  \t br0 \r\n"},
      {"a tab before the name", "allow\tbr0\n"},
      {"no newline at the end", "allow br0"},
      {"an unknown command", "allow br0\npermit br0\n"},
      {"a command in capitals", "Allow br0\n"},
      {"a command alone", "allow\n"},
      {"a name of 15 bytes in the list", "allow 123456789012345\nallow br0\n"},
      {"a name of 16 bytes in the list", "allow 1234567890123456\nallow br0\n"},
      {"a list that is not there", "", {"--br=br0"}, "rm /etc/qemu/bridge.conf"},
      {"a list that is a directory",
       "",
       {"--br=br0"},
       "rm /etc/qemu/bridge.conf; mkdir /etc/qemu/bridge.conf"},
      {"a list the caller cannot read",
       "allow br0\n",
       {"--br=br0"},
       "chmod 600 /etc/qemu/bridge.conf"},
      {"a list for the caller's group",
       "allow br0\n",
       {"--br=br0"},
       "chmod 640 /etc/qemu/bridge.conf; chgrp 4300 /etc/qemu/bridge.conf",
       [](Call& call) { call.groups = {4300}; }},
      {"an include", "include /etc/qemu/more\n", {"--br=br0"}, "echo allow br0 >/etc/qemu/more"},
      {"an include that denies",
       "allow br0\ninclude /etc/qemu/more\n",
       {"--br=br0"},
       "echo deny br0 >/etc/qemu/more"},
      {"an include of an include",
       "include /etc/qemu/a\n",
       {"--br=br0"},
       "echo include /etc/qemu/b >/etc/qemu/a; echo allow br0 >/etc/qemu/b"},
      {"an include for another group",
       "allow br0\ninclude /etc/qemu/more\n",
       {"--br=br0"},
       "echo deny br0 >/etc/qemu/more; chmod 640 /etc/qemu/more; chgrp 4300 /etc/qemu/more"},
      {"an include for the caller's group",
       "allow br0\ninclude /etc/qemu/more\n",
       {"--br=br0"},
       "echo deny br0 >/etc/qemu/more; chmod 640 /etc/qemu/more; chgrp 4300 /etc/qemu/more",
       [](Call& call) { call.groups = {4300}; }},
  };
}

std::vector<Row> call_rows() {
  const std::string all = "allow all\n";
  return {
      {"a virtio header", all, {"--use-vnet", "--br=br0"}},
      {"options in another order", all, {"--br=br0", "--use-vnet"}},
      {"the last of two bridges", all, {"--br=br1", "--br=br0"}},
      {"no bridge", all, {}},
      {"an empty bridge", all, {"--br="}},
      {"a word alone", all, {"--br=br0", "br1"}},
      {"an option that is not known", all, {"--br=br0", "--vnet"}},
      {"an option that is abbreviated", all, {"--b=br0"}},
      {"an option whose value is the next word", all, {"--br", "br0"}},
      {"no socket", all, {"--br=br0"}, "", [](Call& call) { call.with_socket = false; }},
      {"a bridge that is not there", all, {"--br=br1"}},
      {"a name of 16 bytes", all, {"--br=1234567890123456"}},
      {"a name of 16 bytes whose beginning is allowed",
       "allow 123456789012345\n",
       {"--br=1234567890123456"}},
      {"the name all", "allow all\n", {"--br=all"}},
      {"a bridge with a large MTU", all, {"--br=br0"}, "ip link set br0 mtu 9000"},
      {"a bridge that is down", all, {"--br=br0"}, "ip link set br0 down"},
      {"a name taken by somebody's TAP", all, {"--br=br0"}, "ip tuntap add tap0 mode tap"},
      {"no set-user-ID bit", all, {"--br=br0"}, "chmod u-s /usr/libexec/bin/*"},
      {"root calls", all, {"--br=br0"}, "", [](Call& call) { call.uid = call.socket_uid = 0; }},
      {"a closed socket", all, {"--br=br0"}, "", in_caller([](int socket) { ::close(socket); })},
      {"a file instead of a socket", all, {"--br=br0"}, "", in_caller([](int socket) {
         put(socket, ::open("/etc/passwd", O_RDWR));
       })},
      {"the end of a pipe", all, {"--br=br0"}, "", in_caller([](int socket) {
         int ends[2];
         if (::pipe(ends) == 0) put(socket, ends[1]);
       })},
      {"a UDP socket", all, {"--br=br0"}, "", in_caller([](int socket) {
         put(socket, ::socket(AF_INET, SOCK_DGRAM, 0));
       })},
      {"a unix socket that is not connected", all, {"--br=br0"}, "", in_caller([](int socket) {
         put(socket, ::socket(AF_UNIX, SOCK_STREAM, 0));
       })},
      {"a pair of datagram sockets",
       all,
       {"--br=br0"},
       "",
       [](Call& call) { call.socket_type = SOCK_DGRAM; }},
      {"descriptors 0, 1 and 2 closed",
       all,
       {"--br=br0"},
       "",
       [](Call& call) {
         call.at_last = [](int) {
           for (const int fd : {0, 1, 2}) ::close(fd);
         };
       }},
      {"QEMU's way of closing everything else",
       all,
       {"--br=br0"},
       "",
       [](Call& call) {
         call.at_last = [](int socket) {
           for (int fd = 3; fd < 100; ++fd)
             if (fd != socket) ::close(fd);
         };
       }},
  };
}

std::vector<Row> different_rows() {
  const std::string all = "allow all\n";
  return {
      {"an include that is not there",
       "allow br0\ninclude /etc/qemu/none\n",
       {"--br=br0"},
       "",
       {},
       "a list that is partly missing may be missing a deny"},
      {"an include only root can read",
       "allow br0\ninclude /etc/qemu/more\n",
       {"--br=br0"},
       "echo deny br0 >/etc/qemu/more; chmod 600 /etc/qemu/more",
       {},
       "nobody but root is meant by it, so it is a mistake"},
      {"a mistake in an include",
       "allow br0\ninclude /etc/qemu/more\n",
       {"--br=br0"},
       "echo oops >/etc/qemu/more",
       {},
       "a list that cannot be understood says nothing"},
      {"a list that includes itself",
       "allow br0\ninclude /etc/qemu/bridge.conf\n",
       {"--br=br0"},
       "",
       in_caller([](int) {
         const rlimit few{100, 100};
         ::setrlimit(RLIMIT_NOFILE, &few);
       }),
       "QEMU's reads on until it runs out of descriptors, or of its stack"},
      {"a comment behind a name",
       "allow br0\ndeny br0 # not\n",
       {"--br=br0"},
       "",
       {},
       "QEMU's takes all of it for a name, so nothing is denied"},
      {"a number that is none",
       all,
       {"--br=br0", "--fd=x"},
       "",
       [](Call& call) {
         call.with_socket = false;
         call.at_last = [](int socket) { ::dup2(socket, 0); };
       },
       "QEMU's takes descriptor 0 and sends there"},
      {"a number with something behind it",
       all,
       {"--br=br0"},
       "",
       [](Call& call) {
         call.at_last = [](int socket) { ::dup2(socket, 7); };
         call.with_socket = false;
         call.arguments.push_back("--fd=7x");
       },
       "a caller that writes this is mistaken about more"},
      {"the socket of another user",
       all,
       {"--br=br0"},
       "",
       [](Call& call) { call.socket_uid = 4300; },
       "a device is for whoever asks for it"},
      {"a socket that no longer writes",
       all,
       {"--br=br0"},
       "",
       in_caller([](int socket) { ::shutdown(socket, SHUT_WR); }),
       "QEMU's dies of SIGPIPE and says nothing",
       -SIGPIPE},
      {"--help", all, {"--help"}, "", {}, "there is one", 1, 0},
      {"--version", all, {"--version"}, "", {}, "there is one", 1, 0},
      {"a relative include",
       "include more\n",
       {"--br=br0"},
       "echo allow br0 >/etc/qemu/more",
       {},
       "it is beside its file; QEMU's takes it from wherever the caller stands",
       1,
       0},
      {"a comment longer than 4095 bytes",
       "#" + std::string(5000, 'x') + "\nallow br0\n",
       {"--br=br0"},
       "",
       {},
       "a line is a line; QEMU's cuts it and trips over the rest",
       1,
       0},
      {"a uplink", all, {"--br=up0"}, "", {}, "a guest of airtap", 1, 0},
  };
}

class DropIn : public Stage {
 protected:
  void SetUp() override {
    Stage::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (!std::filesystem::exists(stock)) GTEST_SKIP() << "needs Debian's qemu-system-common";
  }
  Outcome outcome_of(const Row& row, const std::string& program) {
    allow(row.list);
    if (!row.prepare.empty()) run("sh -c '" + row.prepare + "'");
    Call one{.program = program, .arguments = row.arguments};
    if (row.as) row.as(one);
    Outcome outcome = call(one);
    run("ip link set br0 mtu 1400 up");
    run("sh -c 'ip tuntap del tap0 mode tap; rm -rf /etc/qemu/*; chmod u+s /usr/libexec/bin/*'");
    return outcome;
  }
  /// The device must be there while it is described, and gone afterwards.
  std::string noticed(const Row& row, const std::string& program, Outcome& outcome) {
    outcome = outcome_of(row, program);
    const std::string text = notice(outcome);
    outcome.device.reset();
    return text;
  }
};

TEST_F(DropIn, EveryRowOfTheListsIsAnsweredAlike) {
  for (const Row& row : list_rows()) {
    SCOPED_TRACE(row.what);
    Outcome theirs, ours_said;
    const std::string expected = noticed(row, stock, theirs);
    EXPECT_EQ(noticed(row, ours, ours_said), expected) << ours_said.said << theirs.said;
    EXPECT_EQ(ours_said.said.empty(), theirs.said.empty()) << ours_said.said << theirs.said;
    EXPECT_EQ(links(), "");
  }
}

TEST_F(DropIn, EveryRowOfTheCallsIsAnsweredAlike) {
  for (const Row& row : call_rows()) {
    SCOPED_TRACE(row.what);
    Outcome theirs, ours_said;
    const std::string expected = noticed(row, stock, theirs);
    EXPECT_EQ(noticed(row, ours, ours_said), expected) << ours_said.said << theirs.said;
    EXPECT_EQ(links(), "");
  }
}

TEST_F(DropIn, EveryDifferenceIsOneOnPurpose) {
  make_uplink();
  for (const Row& row : different_rows()) {
    SCOPED_TRACE(row.what + ": " + row.because);
    ASSERT_NE(row.because, "");
    Outcome theirs, ours_said;
    noticed(row, stock, theirs);
    noticed(row, ours, ours_said);
    EXPECT_EQ(theirs.status, row.stock) << theirs.said;
    EXPECT_EQ(ours_said.status, row.ours) << ours_said.said;
    if (row.ours == 1) {
      EXPECT_NE(ours_said.said, "");
    }
    EXPECT_EQ(residue_after(5000), "");
  }
}

TEST_F(DropIn, MessagesSayWhatToDo) {
  const auto said = [this](const std::string& list, const Words& arguments) {
    return outcome_of({"", list, arguments}, ours).said;
  };
  const auto has_text = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos && text.find('\n') == text.size() - 1;
  };
  EXPECT_PRED2(has_text, said("", {"--br=br0"}), "add the line: allow br0");
  EXPECT_PRED2(has_text, said("allow all", {"--br=br1"}), "No such device (there are bridges");
  EXPECT_PRED2(has_text, said("allow all", {"--br=airtap-x"}), "profiles: airtap, airtap-4addr");
  EXPECT_PRED2(has_text, said("permit x", {"--br=br0"}),
               "/etc/qemu/bridge.conf, line 1: unknown command 'permit'");
  EXPECT_NE(said("allow all", {"--br=br0", "x"}).find("Usage: airtap-bridge-helper"),
            std::string::npos);
  run("chmod u-s /usr/libexec/bin/airtap-bridge-helper");
  allow("allow all");
  EXPECT_PRED2(has_text, call({.program = ours, .arguments = {"--br=br0"}}).said, "chmod u+s");
  EXPECT_PRED2(has_text, call({.program = ours, .arguments = {"--br=airtap"}}).said, "chmod u+s");
}

}  // namespace
}  // namespace airtap::test
