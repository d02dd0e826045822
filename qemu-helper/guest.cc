// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "base/log.h"
#include "caller.h"
#include "device.h"
#include "kernel/real_kernel.h"
#include "profile.h"
#include "session/paths.h"
#include "watch.h"

namespace airtap {

namespace {

/// Random, version 4 (RFC 9562, 5.4): a caller has no name of its own.
Result<std::string> new_uuid() {
  std::array<unsigned char, 16> b{};
  if (::getrandom(b.data(), b.size(), 0) != static_cast<ssize_t>(b.size()))
    return fail_errno("choose a uuid", errno);
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < b.size(); ++i)
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
  return text;
}

/// 0 when it is in no process namespace that we see, which leaves its life to the watcher.
std::int64_t pid_of_owner(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

/// For people: the program's name, which is the caller's to choose, and its pid.
std::string name_of(std::int64_t pid) {
  std::string name;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", pid)), name);
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; });
  return fmt::format("{}[{}]", name.empty() ? "process" : name, pid);
}

void report(const std::string& name, const Cleanup& cleanup) {
  for (const std::string& removed : cleanup.removed)
    log::info(fmt::format("{}: removed {}", name, removed));
  for (const Error& problem : cleanup.problems) log::warning(name + ": " + problem.line());
}

Result<> pass_device(const std::string& uuid, const GuestRequest& request, const RecordStore& store,
                     Watcher& watcher) {
  AIRTAP_TRY(const GuestRecord record, store.guest(uuid));
  const PlannedNic& nic = record.nics.front();
  AIRTAP_TRY(const Device device, device_of(nic));
  AIRTAP_CHECK(watcher.expect_opening(device));
  AIRTAP_TRY(const UniqueFd fd, open_device(nic, device, request.use_vnet));
  AIRTAP_CHECK(watcher.watch(device));
  return send_device(request.socket, fd.get());
}

}  // namespace

Result<> attach_guest(const GuestRequest& request) {
  AIRTAP_TRY(const Config config, load_config(paths::configuration));
  AIRTAP_TRY(const Wanted wanted, resolve_name(request.name, config));
  AIRTAP_TRY(const std::string uuid, new_uuid());
  AIRTAP_TRY(const auto kernel, RealKernel::open());
  const ProcProcesses processes;
  const std::int64_t pid = pid_of_owner(request.socket);
  const RecordStore store(paths::records);
  Session session(kernel->seam(), wanted.config, store, processes);
  // First: from here on, wherever we die, somebody is there to undo it.
  AIRTAP_TRY(Watcher watcher, Watcher::start(uuid));
  const Domain guest{.name = name_of(pid), .uuid = uuid, .nics = {wanted.nic}};
  AIRTAP_CHECK(session.attach(guest, Stage::prepare,
                              Owners{.emulator = processes.identify(pid).value_or(ProcessId{}),
                                     .watcher = watcher.process()}));
  auto passed = pass_device(uuid, request, store, watcher);
  if (passed) return {};
  session.do_not_wait();
  report(guest.name, session.detach(uuid));
  return passed;
}

void forget_guest(const std::string& uuid) {
  const RecordStore store(paths::records);
  const auto record = store.guest(uuid);
  const std::string name = record ? record->name : uuid;
  const auto kernel = RealKernel::open();
  if (!kernel) return log::warning(name + ": " + kernel.error().line());
  const ProcProcesses processes;
  Session session((*kernel)->seam(), Config{}, store, processes);
  session.do_not_wait();
  report(name, session.detach(uuid));
}

}  // namespace airtap
