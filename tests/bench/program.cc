// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace airtap::bench {
namespace {

// Long, because a clock that counts instructions jumps ahead while a program is read from a disk.
constexpr int longest_silence_ms = 600'000;

std::vector<char*> arguments_of(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

}  // namespace

Program::Program(const std::vector<std::string>& words, int third) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  output_ = UniqueFd(ends[0]);
  const UniqueFd its(ends[1]);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, its.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (third >= 0) ::posix_spawn_file_actions_adddup2(&files, third, STDERR_FILENO + 1);
  const int error = ::posix_spawnp(&pid_, words.front().c_str(), &files, nullptr,
                                   arguments_of(words).data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    throw std::runtime_error(words.front() + ": " + std::strerror(error) + " (apt install " +
                             words.front() + ")");
  }
}

Program::~Program() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

std::string Program::output(const std::string& text) {
  std::string said;
  std::array<char, 4096> buffer{};
  while (text.empty() || said.find(text) == std::string::npos) {
    pollfd wait{output_.get(), POLLIN, 0};
    if (::poll(&wait, 1, longest_silence_ms) <= 0) throw std::runtime_error("a program is silent");
    const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
    if (got <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return said;
}

int Program::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace airtap::bench
