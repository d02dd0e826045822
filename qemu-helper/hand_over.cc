// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hand_over.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "config/bridge_acl.h"
#include "filter.h"
#include "last_words.h"
#include "privileges.h"

namespace airtap {

namespace {

/// What becoming root, and the program that is run then, take.
Result<> give_up_the_rest() {
  return keep_only({
      CAP_SETGID,        // to have none of the caller's groups any more
      CAP_SETUID,        // to be root and no longer the caller
      CAP_SETPCAP,       // to have the program that is run next give up more than it has now
      CAP_SYS_RESOURCE,  // not to be killed for lack of memory
      CAP_NET_ADMIN,     // that program's, as the next three are
      CAP_NET_RAW,
      CAP_BPF,
      CAP_PERFMON,
  });
}

/// In a process of its own, which is the caller's in every respect: nothing that a list can do to
/// the parser happens with root's rights.
int check_as_caller(const Request& request) {
  Result<> result = become_caller({});
  if (result) result = leave_only_calls_for(Job::read_acl);
  if (result) result = check_acl(AIRTAP_BRIDGE_ACL, request.bridge.text());
  if (result) return 0;
  std::fprintf(stderr, "airtap-bridge-helper: %s: %s\n", request.bridge.c_str(),
               result.error().line().c_str());
  return 1;
}

/// False: refused, and told why.
Result<bool> is_allowed(const Request& request) {
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("cannot start a process", errno);
  if (child == 0) ::_exit(check_as_caller(request));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail_errno("cannot wait for a process", errno);
  // Killed counts as refused.
  if (WIFSIGNALED(status)) return fail("checking the acl file was interrupted");
  return WEXITSTATUS(status) == 0;
}

/// Messages and the caller's socket are all that goes on.
void close_everything_but(int socket) {
  const auto kept = static_cast<unsigned>(socket);
  if (kept > STDERR_FILENO + 1) ::close_range(STDERR_FILENO + 1, kept - 1, 0);
  ::close_range(std::max<unsigned>(kept, STDERR_FILENO) + 1, ~0U, 0);
  ::fcntl(socket, F_SETFD, 0);
}

}  // namespace

Result<> hand_over(const Request& request) {
  undo_callers_grip();
  AIRTAP_CHECK(give_up_the_rest());
  AIRTAP_TRY(const bool allowed, is_allowed(request));
  if (!allowed) {
    let_last_words_be_read();
    ::_exit(1);
  }
  AIRTAP_CHECK(become_root());
  outlive_the_caller();
  close_everything_but(request.socket);
  if (::chdir("/") != 0) return fail_errno("cannot leave the caller's directory", errno);
  const std::string socket = std::to_string(request.socket);
  const char* const arguments[] = {"airtap-bridge-helper",
                                   "attach",
                                   request.bridge.c_str(),
                                   socket.c_str(),
                                   request.use_vnet ? "vnet" : "plain",
                                   nullptr};
  const char* const nothing[] = {nullptr};
  ::execve(AIRTAP_BRIDGE_GUEST, const_cast<char* const*>(arguments),
           const_cast<char* const*>(nothing));
  return fail_errno("cannot run " AIRTAP_BRIDGE_GUEST, errno, "install airtap as a whole");
}

}  // namespace airtap
