// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What libvirt runs for every event of every domain, ours or not. It decides one thing, fast: can
// this concern airtap at all? It links nothing but libc and is static, because the dynamic loader
// with libxml2 and libbpf costs many times more than the answer. If it may concern us it runs the
// real hook with the same arguments and the same document on stdin.
//
// Never prints on stdout: for `migrate` and `restore` that would replace the domain's XML
// (libvirt docs/hooks.rst).
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "domain/prefilter.h"

namespace {

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

bool event_matters(std::string_view operation) {
  for (const std::string_view known : {"prepare", "start", "started", "release", "reconnect"})
    if (operation == known) return true;
  return false;
}

bool has_record(std::string_view uuid) {
  if (uuid.empty()) return false;
  const std::string path = std::string(AIRTAP_RECORDS "/guest-").append(uuid) + ".json";
  return access(path.c_str(), F_OK) == 0;
}

bool concerns_us(std::string_view document) {
  // A document cut short tells nothing of its rest.
  const bool complete = document.find("</domain>") != std::string_view::npos;
  return !complete || airtap::may_concern_us(document) || has_record(airtap::uuid_of(document));
}

int give_up(const char* domain, const char* what) {
  std::fprintf(stderr, "airtap: %s: %s: %s\n", domain, what, std::strerror(errno));
  return 1;
}

/// The document becomes stdin again, without touching a file system.
bool rewind_stdin(std::string_view document) {
  const int fd = memfd_create("airtap-domain", MFD_CLOEXEC);
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
    std::fputs("airtap-hook " AIRTAP_VERSION "\n", stderr);
    return 0;
  }
  if (argc < 4) {
    std::fputs(
        "airtap: usage: airtap-hook DOMAIN OPERATION SUB-OPERATION EXTRA < domain.xml\n"
        "libvirt runs this from /etc/libvirt/hooks/qemu.d; see airtap(8)\n",
        stderr);
    return 2;
  }
  if (!event_matters(argv[2])) return 0;
  std::string document;
  if (!read_stdin(document)) return give_up(argv[1], "cannot read the domain XML");
  if (!concerns_us(document)) return 0;
  if (!rewind_stdin(document)) return give_up(argv[1], "cannot hand over the domain XML");
  execv(AIRTAP_QEMU_HOOK, argv);
  return give_up(argv[1], "cannot run " AIRTAP_QEMU_HOOK);
}
