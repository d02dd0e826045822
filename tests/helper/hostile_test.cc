// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Callers who mean harm: nothing that they are not allowed comes of it, and nothing is left.
#include <cap-ng.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "helper/stage.h"

namespace airtap::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The two ways through the helper.
const std::string plain = "br0", guest = "airtap";

class Hostile : public GuestStage {
 protected:
  /// Neither a device nor a zero status nor anything left behind.
  void expect_refused(const Call& one, const std::string& what) {
    const Outcome outcome = call(one);
    EXPECT_NE(outcome.status, 0) << what;
    EXPECT_EQ(outcome.sent, "") << what;
    EXPECT_LT(outcome.said.size(), 1500U) << what << ": no message of the caller's length";
    EXPECT_EQ(residue_after(5000), "") << what << ": " << outcome.said;
  }
  /// Whatever came of it, it is all or nothing, and goes.
  void expect_all_or_nothing(Outcome outcome, const std::string& what) {
    EXPECT_EQ(outcome.status == 0, outcome.device.has_value()) << what << ": " << outcome.said;
    outcome.device.reset();
    EXPECT_EQ(residue_after(10000), "") << what << ": " << outcome.said;
  }
};

/// A signal from a process of the caller's; what the kernel says to that.
int signal_as_caller(pid_t pid, int number) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresgid(caller_uid, caller_uid, caller_uid) != 0 ||
        ::setresuid(caller_uid, caller_uid, caller_uid) != 0)
      ::_exit(255);
    ::_exit(::kill(pid, number) == 0 ? 0 : errno);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(Hostile, WhoIsNotAllowedGetsNothingMade) {
  allow("allow br0\nallow airtap\ndeny all\n");
  for (const std::string& name : {plain, guest, std::string("up0"), std::string("airbr-up0")})
    expect_refused(asking(name), name);
  EXPECT_FALSE(fs::exists("/run/airtap")) << "not even the place for records";
}

// libvirt takes for all that was said what it has read when the socket ends.
TEST_F(Hostile, WhoIsRefusedCanReadWhyBeforeTheSocketEnds) {
  configure("uplink = 'none0'\n");
  for (const auto& [name, list] : {std::pair(plain, "deny all\n"), std::pair(guest, "deny all\n"),
                                   std::pair(guest, "allow all\n")}) {
    allow(list);
    milliseconds time_to_read{0};
    // A test that is itself kept from running sees both ends at once.
    for (int attempt = 0; attempt < 5 && time_to_read < milliseconds(50); ++attempt) {
      Running running = start(asking(name));
      pollfd said{running.err.get(), 0, 0}, socket{running.socket.get(), 0, 0};
      ASSERT_EQ(::poll(&said, 1, 10000), 1) << name;
      const auto read = steady_clock::now();
      ASSERT_EQ(::poll(&socket, 1, 10000), 1) << name;
      time_to_read = std::chrono::duration_cast<milliseconds>(steady_clock::now() - read);
      EXPECT_NE(finish(std::move(running)).said, "") << name;
    }
    EXPECT_GE(time_to_read, milliseconds(50)) << name << ", " << list;
  }
}

TEST_F(Hostile, ASocketThatIsNoSocketOfTheCallers) {
  const std::pair<const char*, std::function<void(int)>> tricks[] = {
      {"closed", [](int s) { ::close(s); }},
      {"a file", [](int s) { ::dup2(::open("/etc/passwd", O_RDONLY), s); }},
      {"a directory", [](int s) { ::dup2(::open("/etc", O_RDONLY), s); }},
      {"the device of TAPs itself", [](int s) { ::dup2(::open("/dev/net/tun", O_RDWR), s); }},
      {"a path only", [](int s) { ::dup2(::open("/etc/passwd", O_PATH), s); }},
      {"TCP", [](int s) { ::dup2(::socket(AF_INET, SOCK_STREAM, 0), s); }},
      {"netlink", [](int s) { ::dup2(::socket(AF_NETLINK, SOCK_RAW, 0), s); }},
      {"not connected", [](int s) { ::dup2(::socket(AF_UNIX, SOCK_STREAM, 0), s); }},
      {"full",
       [](int s) {
         ::fcntl(s, F_SETFL, O_NONBLOCK);
         const std::string much(1 << 16, 'x');
         while (::write(s, much.data(), much.size()) > 0) {
         }
         while (::write(s, "x", 1) > 0) {
         }
       }},
      {"shut", [](int s) { ::shutdown(s, SHUT_RDWR); }},
  };
  for (const std::string& name : {plain, guest}) {
    for (const auto& [what, trick] : tricks) {
      Call one = asking(name);
      one.before = trick;
      const Outcome outcome = call(one);
      EXPECT_EQ(outcome.status, 1) << name << " " << what;
      EXPECT_FALSE(outcome.device) << name << " " << what;
      EXPECT_EQ(residue_after(5000), "") << name << " " << what << outcome.said;
    }
    Call others = asking(name);
    others.socket_uid = caller_uid + 1;
    expect_refused(others, name + " made by somebody else");
  }
}

TEST_F(Hostile, StandardDescriptorsThatAreClosed) {
  for (const std::string& name : {plain, guest}) {
    for (unsigned closed = 1; closed < 8; ++closed) {
      Call one = asking(name);
      one.at_last = [closed](int) {
        for (int fd = 0; fd < 3; ++fd)
          if ((closed & (1U << fd)) != 0) ::close(fd);
      };
      Outcome outcome = call(one);
      EXPECT_EQ(outcome.status, 0) << name << " " << closed;
      expect_all_or_nothing(std::move(outcome), name + " " + std::to_string(closed));
    }
    // The socket in their place, and closed: /dev/null must not be taken for one.
    Call one = asking(name);
    one.with_socket = false;
    one.arguments.push_back("--fd=2");
    one.at_last = [](int) { ::close(2); };
    expect_refused(one, name + " with --fd=2");
  }
}

TEST_F(Hostile, NamesThatAreNone) {
  allow("allow all\n");
  for (const std::string& name : {std::string(),
                                  std::string("a/b"),
                                  std::string("../br0"),
                                  std::string("%n%n%n%n"),
                                  std::string("%s"),
                                  std::string("br%d"),
                                  std::string("br0 "),
                                  std::string("br0:1"),
                                  std::string("br0\n"),
                                  std::string("\x1b[2J"),
                                  std::string("1234567890123456"),
                                  std::string(100000, 'a'),
                                  std::string("airtap/../../x"),
                                  std::string("airtap-%n"),
                                  std::string("airtap\x01"),
                                  std::string("airbr-"),
                                  std::string("airbr-/"),
                                  std::string("lo"),
                                  std::string("airtap-macnat2"),
                                  std::string("..")})
    expect_refused(asking(name), name.substr(0, 20));
  Call many = asking(plain);
  many.arguments.resize(20000, "--br=br1");
  expect_refused(many, "many arguments");
}

TEST_F(Hostile, WhatTheEnvironmentSaysIsNotHeard) {
  const std::vector<std::string> environment{"LD_PRELOAD=/tmp/evil.so",
                                             "LD_LIBRARY_PATH=/tmp",
                                             "LD_DEBUG=all",
                                             "LD_AUDIT=/tmp/a.so",
                                             "IFS=/",
                                             "PATH=/tmp",
                                             "ENV=/tmp/x",
                                             "BASH_ENV=/tmp/x",
                                             "GLIBC_TUNABLES=glibc.malloc.check=3",
                                             "MALLOC_CHECK_=3",
                                             "TZ=/etc/shadow",
                                             "NLSPATH=/tmp/%n",
                                             "LIBBPF_LOG_LEVEL=debug",
                                             "TMPDIR=/nowhere",
                                             "HOME=/nowhere",
                                             "LC_ALL=/../../x",
                                             "ASAN_OPTIONS=help=1",
                                             "LIBSECCOMP_DEBUG=1",
                                             "SPDLOG_LEVEL=trace"};
  for (const std::string& name : {plain, guest}) {
    Call one = asking(name);
    one.environment = environment;
    Outcome outcome = call(one);
    EXPECT_EQ(outcome.status, 0) << outcome.said;
    EXPECT_EQ(outcome.said + outcome.printed, "") << name;
    expect_all_or_nothing(std::move(outcome), name);
  }
}

TEST_F(Hostile, LimitsOfNothing) {
  struct Limit {
    const char* name;
    __rlimit_resource_t which;
  };
  for (const std::string& name : {plain, guest}) {
    for (const auto& [what, which] :
         {Limit{"files", RLIMIT_NOFILE}, Limit{"processes", RLIMIT_NPROC},
          Limit{"memory", RLIMIT_AS}, Limit{"data", RLIMIT_DATA}, Limit{"stack", RLIMIT_STACK},
          Limit{"file size", RLIMIT_FSIZE}, Limit{"locked memory", RLIMIT_MEMLOCK},
          Limit{"core", RLIMIT_CORE}, Limit{"time", RLIMIT_CPU},
          Limit{"signals", RLIMIT_SIGPENDING}}) {
      for (const rlim_t value : {rlim_t{0}, rlim_t{4096}}) {
        Call one = asking(name);
        one.at_last = [which = which, value](int) {
          const rlimit limit{value, value};
          ::setrlimit(which, &limit);
        };
        expect_all_or_nothing(call(one), name + ", " + what + " " + std::to_string(value));
      }
    }
  }
}

TEST_F(Hostile, AGuestIsMadeWhateverLimitsItsCallerHas) {
  ASSERT_EQ(capng_get_caps_process(), 0);
  // Where root may not raise a hard limit, as in some containers, no caller can be helped.
  const bool also_hard = capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_RESOURCE) != 0;
  Call one = asking(guest);
  one.at_last = [also_hard](int) {
    for (const auto which : {RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_MEMLOCK, RLIMIT_SIGPENDING}) {
      rlimit none{};
      ::getrlimit(which, &none);
      none.rlim_cur = 0;
      if (also_hard) none.rlim_max = 0;
      ::setrlimit(which, &none);
    }
    ::signal(SIGCHLD, SIG_IGN);
    // Later than a program starts on a busy machine, sooner than a guest is made.
    const itimerval soon{{}, {0, 80000}};
    ::setitimer(ITIMER_REAL, &soon, nullptr);
    ::setpriority(PRIO_PROCESS, 0, 19);
  };
  Outcome outcome = call(one);
  EXPECT_EQ(outcome.status, 0) << outcome.said;
  expect_all_or_nothing(std::move(outcome), "limits");
}

TEST_F(Hostile, SignalsAtEveryStep) {
  const int numbers[] = {SIGKILL, SIGTERM, SIGALRM, SIGINT};
  for (const std::string& name : {plain, guest}) {
    int interrupted = 0, too_late = 0, forbidden = 0, step = 0;
    // In steps that grow, until a plain call has ended before its signal comes.
    for (double at_ms = 0; at_ms < 1000 && too_late < 4; at_ms = at_ms * 1.5 + 0.1) {
      const int number = numbers[step++ % 4];
      Running running = start(asking(name));
      ::usleep(static_cast<unsigned>(at_ms * 1000));
      const int answer = signal_as_caller(running.pid, number);
      Outcome outcome = finish(std::move(running));
      if (answer == EPERM) {
        ++forbidden;
        EXPECT_EQ(outcome.status, 0) << "not the caller's to interrupt: " << outcome.said;
      } else {
        ++(outcome.status == 0 ? too_late : interrupted);
        // The signal may also come between the sending and the end: the caller has the device then.
        if (outcome.status == -number && outcome.device) outcome.status = 0;
      }
      expect_all_or_nothing(std::move(outcome), name + " after " + std::to_string(at_ms) +
                                                    " ms, signal " + std::to_string(number));
    }
    EXPECT_GT(interrupted, 0) << name << ": the first signals must come early";
    EXPECT_GT(name == guest ? forbidden : too_late, 0) << name << ": the last ones late";
  }
}

TEST_F(Hostile, TracedByItsCallerItHasNoPrivilege) {
  for (const std::string& name : {plain, guest}) {
    Call one = asking(name);
    // Whoever execs next is the tracer's child, and the tracer is the caller.
    one.at_last = [](int) {
      const pid_t traced = ::fork();
      if (traced == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        return;
      }
      int status = 0;
      while (::waitpid(traced, &status, 0) == traced && WIFSTOPPED(status))
        ::ptrace(PTRACE_CONT, traced, nullptr, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
      ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
    };
    const Outcome outcome = call(one);
    EXPECT_EQ(outcome.status, 1) << outcome.said;
    EXPECT_NE(outcome.said.find("chmod u+s"), std::string::npos) << outcome.said;
    EXPECT_FALSE(outcome.device);
    EXPECT_EQ(residue_after(5000), "") << name;
  }
}

TEST_F(Hostile, ListsWithoutEnd) {
  const auto takes = [this](const std::string& what) {
    const auto begin = steady_clock::now();
    for (const std::string& name : {plain, guest}) expect_refused(asking(name), what);
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin).count();
  };
  allow("include /etc/qemu/bridge.conf\n");
  EXPECT_LT(takes("a loop"), 5000);
  write("a", "include /etc/qemu/b\n");
  write("b", "include /etc/qemu/a\n");
  allow("allow all\ninclude /etc/qemu/a\n");
  EXPECT_LT(takes("a loop of two"), 5000);
  write("huge", "allow br0\n");
  fs::resize_file("/etc/qemu/huge", 100'000'000);
  allow("allow all\ninclude /etc/qemu/huge\n");
  EXPECT_LT(takes("100 MB"), 5000);
  allow("allow all\n" + std::string(900000, '\n') + "nonsense");
  EXPECT_LT(takes("many lines"), 5000);
  std::string tree;
  for (int i = 0; i < 1000; ++i) tree += "include /etc/qemu/leaf\n";
  write("leaf", "# nothing\n");
  allow("allow all\n" + tree);
  EXPECT_LT(takes("many includes"), 5000);
}

}  // namespace
}  // namespace airtap::test
