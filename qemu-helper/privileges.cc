// SPDX-License-Identifier: LGPL-2.1-or-later
#include "privileges.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/unique_fd.h"

namespace airtap {

const char* const how_to_turn_on =
    "an administrator turns this helper on with: chmod u+s /usr/sbin/airtap-bridge-helper";

namespace {

tl::unexpected<Error> cannot_drop(int code) {
  return fail("failed to drop privileges (libcap-ng: " + std::to_string(code) + ")");
}

/// What libcap-ng looks at and changes from here on is what this process has.
Result<> look_at_ourselves() {
  if (const int code = capng_get_caps_process(); code != 0) return cannot_drop(code);
  return {};
}

/// Asks libcap-ng for these, of those that we have: asking for others would fail as a whole.
void select(std::initializer_list<unsigned> capabilities) {
  bool held[CAP_LAST_CAP + 1] = {};
  for (const unsigned capability : capabilities)
    held[capability] = capng_have_capability(CAPNG_PERMITTED, capability) != 0;
  capng_clear(CAPNG_SELECT_ALL);
  for (const unsigned capability : capabilities)
    if (held[capability])
      capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                   capability);
}

bool may_change_bounding_set() { return capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0; }

bool write_to(const char* path, std::string_view text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  return file.valid() && ::write(file.get(), text.data(), text.size()) > 0;
}

}  // namespace

Result<> become_caller(std::initializer_list<unsigned> capabilities) {
  if (const Result<> looked = look_at_ourselves(); !looked) return looked;
  const bool bounding = may_change_bounding_set();
  const bool is_setuid = ::geteuid() != ::getuid() || ::getegid() != ::getgid();
  select(capabilities);
  const int code = is_setuid
                       ? capng_change_id(static_cast<int>(::getuid()), static_cast<int>(::getgid()),
                                         bounding ? CAPNG_CLEAR_BOUNDING : CAPNG_NO_FLAG)
                       : capng_apply(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
  if (code != 0) return cannot_drop(code);
  return {};
}

Result<> become_root() {
  // Groups first: afterwards, with file capabilities, there may be no right to.
  if (::setgroups(0, nullptr) != 0 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0)
    return fail_errno("cannot become root", errno, how_to_turn_on);
  return {};
}

Result<> keep_only(std::initializer_list<unsigned> capabilities) {
  if (const Result<> looked = look_at_ourselves(); !looked) return looked;
  const bool bounding = may_change_bounding_set();
  select(capabilities);
  // The bounding set is what root gets with the next program it runs.
  for (const unsigned capability : capabilities)
    if (bounding) capng_update(CAPNG_ADD, CAPNG_BOUNDING_SET, capability);
  if (const int code = capng_apply(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS); code != 0)
    return cannot_drop(code);
  return {};
}

void undo_callers_grip() {
  // Failures are ignored: without privilege these are the caller's own means against itself.
  struct Limit {
    int resource;
    rlim_t value;
  };
  constexpr rlim_t stack = rlim_t{8} << 20;
  for (const auto& [resource, value] :
       {Limit{RLIMIT_AS, RLIM_INFINITY}, Limit{RLIMIT_CPU, RLIM_INFINITY}, Limit{RLIMIT_CORE, 0},
        Limit{RLIMIT_DATA, RLIM_INFINITY}, Limit{RLIMIT_FSIZE, RLIM_INFINITY},
        Limit{RLIMIT_MEMLOCK, RLIM_INFINITY}, Limit{RLIMIT_NOFILE, 1024},
        Limit{RLIMIT_NPROC, RLIM_INFINITY}, Limit{RLIMIT_STACK, stack}}) {
    const auto which = static_cast<__rlimit_resource>(resource);
    rlimit limit{.rlim_cur = value, .rlim_max = value};
    if (::setrlimit(which, &limit) == 0 || ::getrlimit(which, &limit) != 0) continue;
    // Not even root raises the hard one in some containers.
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(which, &limit);
  }
  const itimerval off{};
  for (const auto timer : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF})
    (void)::setitimer(timer, &off, nullptr);
  const sched_param normal{};
  (void)::sched_setscheduler(0, SCHED_OTHER, &normal);
  (void)::setpriority(PRIO_PROCESS, 0, 0);
  // A caller that ignores SIGCHLD would keep us from knowing how a child ended.
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t all;
  ::sigfillset(&all);
  (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
}

void outlive_the_caller() {
  // Never for lack of memory; where only a container's root is asked, at least not first, whatever
  // the caller has said of itself.
  if (!write_to("/proc/self/oom_score_adj", "-1000"))
    (void)write_to("/proc/self/oom_score_adj", "0");
  // Whoever has been given a cgroup can freeze it, kill it, or have no more processes in it.
  (void)write_to("/sys/fs/cgroup/cgroup.procs", "0");
}

}  // namespace airtap
