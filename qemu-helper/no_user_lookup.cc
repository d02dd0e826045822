// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For static programs: libcap-ng can look a user's groups up, on request, and the C library warns
// that a static program would need its shared parts for that. Nobody requests it.
#include <cerrno>

extern "C" {

struct passwd;
[[gnu::visibility("default")]] passwd* getpwuid(unsigned) { return nullptr; }

[[gnu::visibility("default")]] int initgroups(const char*, unsigned) {
  errno = ENOSYS;
  return -1;
}
}
