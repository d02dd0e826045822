// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What libvirt runs for every event of every domain or network, ours or not. It decides one thing,
// fast: can this concern airtap at all? It links nothing but libc and is static, because the
// dynamic loader with libxml2 and libbpf costs many times more than the answer. If it may concern
// us it runs the real hook with the same arguments and the same document on stdin.
//
// Never prints on stdout: for `migrate` and `restore` that would replace the domain's XML
// (libvirt docs/hooks.rst).
#include "front.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using airtap::front::rules;

constexpr std::size_t max_document = std::size_t{4} << 20;

/// Reads stdin to its end, or to one byte past the limit, which the real hook refuses.
bool read_stdin(std::string& document) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    document.append(buffer.data(), static_cast<std::size_t>(got));
    if (document.size() > max_document) return true;
  }
}

int give_up(const char* object, const char* what) {
  std::fprintf(stderr, "airtap: %s: %s: %s\n", object, what, std::strerror(errno));
  return 1;
}

/// The document becomes stdin again, without touching a file system.
bool rewind_stdin(std::string_view document) {
  const int fd = memfd_create("airtap-hook", MFD_CLOEXEC);
  if (fd < 0) return false;
  while (!document.empty()) {
    const ssize_t written = write(fd, document.data(), document.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) document.remove_prefix(static_cast<std::size_t>(written));
  }
  return lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) >= 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--version") {
    std::fprintf(stderr, "%s " AIRTAP_VERSION "\n", rules.name);
    return 0;
  }
  if (argc < 4) {
    std::fprintf(stderr,
                 "airtap: usage: %s %s\n"
                 "libvirt runs this from /etc/libvirt/hooks/%s; see airtap(8)\n",
                 rules.name, rules.usage, rules.directory);
    return 2;
  }
  if (!rules.event_matters(argv[2])) return 0;
  std::string document;
  if (!read_stdin(document)) return give_up(argv[1], "cannot read the XML");
  // A document cut short tells nothing of its rest.
  const bool complete = document.find(rules.end_tag) != std::string::npos;
  if (complete && !rules.concerns_us(document)) return 0;
  if (!rewind_stdin(document)) return give_up(argv[1], "cannot hand over the XML");
  execv(rules.program, argv);
  return give_up(argv[1], rules.program);
}
