// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/quiet.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/unique_fd.h"

namespace airtap {

Result<> disable_ipv6(const IfName& name) {
  const std::string what = "disable IPv6 on " + name.text();
  const std::string path = "/proc/sys/net/ipv6/conf/" + name.text() + "/disable_ipv6";
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT) return {};
    return fail_errno(what, errno, errno == EROFS ? "/proc/sys must be writable" : "");
  }
  if (::write(file.get(), "1", 1) != 1) return fail_errno(what, errno);
  return {};
}

}  // namespace airtap
