// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/unique_fd.h"

namespace airtap {

namespace {

using Clock = std::chrono::steady_clock;

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// With its output on `output`.
Result<pid_t> spawn(const std::string& path, std::vector<std::string>& arguments, int output) {
  FileActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), output, STDERR_FILENO);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string path_variable = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::string language = "LC_ALL=C";
  std::array<char*, 3> environment{path_variable.data(), language.data(), nullptr};
  pid_t pid = 0;
  const int code =
      ::posix_spawn(&pid, path.c_str(), actions.get(), nullptr, argv.data(), environment.data());
  if (code != 0) return fail_errno("run " + path, code);
  return pid;
}

/// False when time ran out.
bool read_all(int fd, Clock::time_point deadline, std::string& text) {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    const int count = ::poll(&readable, 1, static_cast<int>(left));
    if (count == 0) return false;
    if (count < 0 && errno != EINTR) return true;
    if (count < 0) continue;
    const ssize_t length = ::read(fd, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return true;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
}

}  // namespace

std::string find_program(const std::string& name) {
  for (const char* directory : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"})
    if (::access((directory + name).c_str(), X_OK) == 0) return directory + name;
  return {};
}

Result<ProgramResult> run_program(std::vector<std::string> arguments,
                                  std::chrono::milliseconds timeout) {
  const std::string name = arguments.at(0);
  const std::string path = find_program(name);
  if (path.empty()) return fail_errno("run " + name, ENOENT);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("run " + name, errno);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  AIRTAP_TRY(const pid_t pid, spawn(path, arguments, writing.get()));
  writing = UniqueFd();
  ProgramResult result;
  const bool in_time = read_all(reading.get(), Clock::now() + timeout, result.text);
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return fail_errno("run " + name, ETIMEDOUT);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace airtap
