// SPDX-License-Identifier: LGPL-2.1-or-later
#include "filter.h"

#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <cerrno>
#include <memory>
#include <span>

namespace airtap {

namespace {

/// What a C library needs to read a file, to allocate, to say something, to wait, and to end.
constexpr int basic_calls[] = {
    SCMP_SYS(read),         SCMP_SYS(pread64),      SCMP_SYS(write),
    SCMP_SYS(writev),       SCMP_SYS(open),         SCMP_SYS(openat),
    SCMP_SYS(close),        SCMP_SYS(lseek),        SCMP_SYS(fstat),
    SCMP_SYS(stat),         SCMP_SYS(lstat),        SCMP_SYS(newfstatat),
    SCMP_SYS(statx),        SCMP_SYS(brk),          SCMP_SYS(mmap),
    SCMP_SYS(munmap),       SCMP_SYS(mremap),       SCMP_SYS(mprotect),
    SCMP_SYS(madvise),      SCMP_SYS(futex),        SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(getuid),       SCMP_SYS(getgid),
    SCMP_SYS(geteuid),      SCMP_SYS(getegid),      SCMP_SYS(getgroups),
    SCMP_SYS(tgkill),       SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(nanosleep),    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(exit),         SCMP_SYS(exit_group),
};

constexpr int bridge_calls[] = {SCMP_SYS(socket), SCMP_SYS(sendmsg)};

constexpr unsigned long bridge_ioctls[] = {
    TUNGETFEATURES, TUNSETIFF,     SIOCGIFINDEX, SIOCGIFMTU,   SIOCSIFMTU,
    SIOCGIFHWADDR,  SIOCSIFHWADDR, SIOCBRADDIF,  SIOCGIFFLAGS, SIOCSIFFLAGS,
};

constexpr int guest_calls[] = {
    // netlink, packet sockets, the supplicant's socket, the journal's
    SCMP_SYS(socket),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(ioctl),
    // programs and maps
    SCMP_SYS(bpf),
    SCMP_SYS(memfd_create),
    SCMP_SYS(ftruncate),
    SCMP_SYS(perf_event_open),
    // records, pins, device nodes
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fsync),
    SCMP_SYS(flock),
    SCMP_SYS(fcntl),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(pipe2),
    SCMP_SYS(getcwd),
    SCMP_SYS(chdir),
    SCMP_SYS(umask),
    // time, randomness, machine
    SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getppid),
    // another program: the watcher, and this one again to end the guest
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(execve),
    SCMP_SYS(wait4),
    SCMP_SYS(setsid),
    SCMP_SYS(close_range),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(prlimit64),
    SCMP_SYS(capget),
    SCMP_SYS(capset),
    SCMP_SYS(prctl),
    SCMP_SYS(seccomp),
    SCMP_SYS(sigaltstack),
};

class Rules {
 public:
  Rules() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) {}
  bool valid() const { return context_ != nullptr; }
  void allow(std::span<const int> calls) {
    for (const int call : calls) note(seccomp_rule_add(context_.get(), SCMP_ACT_ALLOW, call, 0));
  }
  void allow_ioctls(std::span<const unsigned long> requests) {
    for (const unsigned long request : requests) {
      // Not SCMP_A1(): a compound literal, which is C.
      const scmp_arg_cmp second{.arg = 1, .op = SCMP_CMP_EQ, .datum_a = request, .datum_b = 0};
      note(seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &second));
    }
  }
  int load() {
    if (worst_ == 0) note(seccomp_load(context_.get()));
    return worst_;
  }

 private:
  struct Release {
    void operator()(void* context) const { seccomp_release(context); }
  };
  // A call that this architecture does not have needs no rule: libseccomp answers EDOM or takes it.
  void note(int status) {
    if (status < 0 && status != -EDOM && worst_ == 0) worst_ = -status;
  }
  std::unique_ptr<void, Release> context_;
  int worst_ = 0;
};

}  // namespace

Result<> leave_only_calls_for(Job job) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail_errno("failed to give up new privileges", errno);
  Rules rules;
  if (!rules.valid()) return fail_errno("failed to filter system calls", ENOMEM);
  rules.allow(basic_calls);
  if (job == Job::plain_bridge) {
    rules.allow(bridge_calls);
    rules.allow_ioctls(bridge_ioctls);
  }
  if (job == Job::airtap_guest) rules.allow(guest_calls);
  if (const int code = rules.load(); code != 0)
    return fail_errno("failed to filter system calls", code,
                      "this kernel needs the option SECCOMP_FILTER");
  return {};
}

}  // namespace airtap
