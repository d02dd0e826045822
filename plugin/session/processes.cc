// SPDX-License-Identifier: LGPL-2.1-or-later
#include "session/processes.h"

#include <linux/capability.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <string_view>

#include "base/file.h"

namespace airtap {

namespace fs = std::filesystem;

namespace {

/// False also of a process that ends meanwhile.
bool has_open(const fs::path& descriptors, const fs::path& file) {
  std::error_code ended;
  fs::directory_iterator fd(descriptors, ended);
  for (; !ended && fd != fs::directory_iterator(); fd.increment(ended)) {
    std::error_code closed;
    if (fs::read_symlink(fd->path(), closed) == file && !closed) return true;
  }
  return false;
}

/// Whoever may not, may not even see that they are there (proc(5), hidepid).
bool may_look_into_others(const fs::path& proc) {
  std::ifstream status(proc / "self/status");
  std::string word;
  while (status >> word && word != "CapEff:") {
  }
  std::uint64_t capabilities = 0;
  status >> std::hex >> capabilities;
  return ((capabilities >> CAP_SYS_PTRACE) & 1) != 0;
}

constexpr int start_time_field = 22;  // proc(5), /proc/PID/stat

/// The n-th of words between single spaces, counted from 1; empty when there are fewer.
std::string_view word_of(std::string_view text, int n) {
  for (; n > 1; --n) {
    const auto end = text.find(' ');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find(' '));
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

}  // namespace

bool ProcProcesses::alive(const ProcessId& process) const {
  return process.pid > 0 && identify(process.pid) == process;
}

// ESRCH before any question of permission (kernel/signal.c, kill_something_info).
bool ProcProcesses::may_be_alive(const ProcessId& process) const {
  if (process.pid <= 0) return false;
  return ::kill(static_cast<pid_t>(process.pid), 0) == 0 || errno != ESRCH;
}

std::optional<ProcessId> ProcProcesses::identify(std::int64_t pid) const {
  const auto stat = read_plain_file(proc_ / std::to_string(pid) / "stat");
  if (!stat) return std::nullopt;
  // The second field is the program's name in parentheses and may hold anything, so count from the
  // last one.
  const auto after_name = stat->rfind(") ");
  if (after_name == std::string::npos) return std::nullopt;
  const auto fields = std::string_view(*stat).substr(after_name + 2);
  if (word_of(fields, 1) == "Z") return std::nullopt;  // dead, only not reaped yet
  ProcessId process{.pid = pid};
  if (!read_number(word_of(fields, start_time_field - 2), process.start)) return std::nullopt;
  return process;
}

std::optional<ProcessId> ProcProcesses::process_of(const fs::path& pid_file,
                                                   const std::string& mark) const {
  const auto text = read_file(pid_file);
  std::int64_t pid = 0;
  if (!text || !read_number(*text, pid)) return std::nullopt;
  const auto command_line = read_file(proc_ / std::to_string(pid) / "cmdline");
  if (!command_line || command_line->find(mark) == std::string::npos) return std::nullopt;
  return identify(pid);
}

std::optional<ProcessId> ProcProcesses::emulator_of(const std::string& domain_name,
                                                    const std::string& uuid) const {
  const std::string file = domain_name + ".pid";
  if (const auto emulator = process_of(pid_files_ / file, uuid)) return emulator;
  using namespace std::string_literals;
  return process_of(controllers_ / file, "\0--name\0"s + domain_name + "\0"s);
}

bool ProcProcesses::network_runs(const std::string& name, const std::string& uuid) const {
  const auto status = read_file(networks_ / (name + ".xml"));
  return status && status->find("<uuid>" + uuid + "</uuid>") != std::string::npos;
}

bool ProcProcesses::nobody_has_open(const std::filesystem::path& file) const {
  if (!may_look_into_others(proc_)) return false;
  std::error_code failed;
  // What is no process has no descriptors.
  fs::directory_iterator process(proc_, failed);
  for (; !failed && process != fs::directory_iterator(); process.increment(failed))
    if (has_open(process->path() / "fd", file)) return false;
  return !failed;
}

}  // namespace airtap
