// SPDX-License-Identifier: LGPL-2.1-or-later
#include "monitor/record_watch.h"

#include <sys/inotify.h>

#include <array>
#include <cerrno>

namespace airtap {

Result<RecordWatch> RecordWatch::open(const std::filesystem::path& directory) {
  UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd.valid()) return fail_errno("inotify", errno);
  if (::inotify_add_watch(fd.get(), directory.c_str(), IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR) < 0)
    return fail_errno("watch " + directory.string(), errno);
  return RecordWatch(std::move(fd));
}

void RecordWatch::drain() {
  // Which record it was does not matter: all are read again.
  std::array<char, 4096> events;
  while (::read(fd_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace airtap
