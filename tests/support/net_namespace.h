// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Network namespaces for tests that meet the real kernel. Header only: any test program takes it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "support/command.h"

namespace airtap::test {

/// The process is in a network namespace of its own, with loopback up and with /sys and /sys/fs/bpf
/// to match, until the object dies. One at a time; the process must have one thread.
class NetNamespace {
 public:
  /// nullopt: not permitted; why() says more. Skip then.
  static std::optional<NetNamespace> enter() {
    NetNamespace entered;
    entered.network_ = UniqueFd(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    entered.mounts_ = UniqueFd(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
    entered.directory_ = UniqueFd(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
      last_error() = errno;
      entered.network_ = UniqueFd();
      return std::nullopt;
    }
    // Nothing we mount shows outside. sysfs shows the links of the namespace that mounted it.
    ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    ::mount("sysfs", "/sys", "sysfs", 0, nullptr);
    ::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr);
    run("ip link set lo up");
    return entered;
  }
  static std::string why() {
    return std::string("needs root: unshare: ") + std::strerror(last_error());
  }

  NetNamespace(NetNamespace&&) = default;
  NetNamespace& operator=(NetNamespace&&) = delete;
  ~NetNamespace() {
    if (!network_.valid()) return;
    if (::setns(network_.get(), CLONE_NEWNET) != 0 || ::setns(mounts_.get(), CLONE_NEWNS) != 0 ||
        ::fchdir(directory_.get()) != 0)
      ADD_FAILURE() << "return from the test's namespace: " << std::strerror(errno);
  }

 private:
  NetNamespace() = default;
  static int& last_error() {
    static int value = 0;
    return value;
  }
  UniqueFd network_;
  UniqueFd mounts_;
  UniqueFd directory_;
};

/// A child process that runs `body` at the same time and is killed with the object.
class Child {
 public:
  template <class Body>
  explicit Child(Body body) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
    ::_exit(0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

/// A second machine: a process in another network namespace, which ends with the object.
class Machine {
 public:
  Machine() : Machine(Pipe()) {}

  bool ready() const { return ready_; }
  /// For `ip link set X netns <pid>`.
  std::string pid() const { return std::to_string(child_.pid()); }
  CommandResult run(const std::string& command) const {
    return test::run("nsenter -t " + pid() + " -n " + command);
  }

 private:
  /// By which the child says that its namespace is there.
  struct Pipe {
    Pipe() {
      int ends[2];
      if (::pipe2(ends, O_CLOEXEC) != 0) return;
      reading = UniqueFd(ends[0]);
      writing = UniqueFd(ends[1]);
    }
    UniqueFd reading;
    UniqueFd writing;
  };

  explicit Machine(Pipe pipe)
      : child_([&pipe] {
          if (::unshare(CLONE_NEWNET) != 0) return;
          (void)!::write(pipe.writing.get(), "", 1);
          for (;;) ::pause();
        }) {
    pipe.writing = UniqueFd();
    char byte = 0;
    ready_ = ::read(pipe.reading.get(), &byte, 1) == 1;
    if (ready_) run("ip link set lo up");
  }

  Child child_;
  bool ready_ = false;
};

/// Every test of the fixture has a namespace of its own; skipped where that is not permitted.
class NetNamespaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    namespace_.emplace(NetNamespace::enter());
    if (!*namespace_) GTEST_SKIP() << NetNamespace::why();
  }
  void TearDown() override { namespace_.reset(); }

 private:
  std::optional<std::optional<NetNamespace>> namespace_;
};

/// Runs `body` in a child that has the same namespaces but no privilege (user nobody). Its answer
/// is the exit status: true is 0. Assertions in it are lost, so it returns what it found.
template <class Body>
bool true_without_privilege(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::setgid(65534) == 0 && ::setuid(65534) == 0 && body() ? 0 : 1);
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

/// By trying, as nothing else tells a kernel's abilities: creates and deletes a link of `kind`.
inline bool kernel_has_link_kind(const std::string& kind) {
  run("ip link add airprobe0 type veth peer name airprobe1");
  const bool has = run("ip link add link airprobe0 name airprobe2 type " + kind).status == 0;
  run("ip link del airprobe0");
  return has;
}

}  // namespace airtap::test
