// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Owns one file descriptor. There is no release(): an fd that leaves this process leaves it as a
// duplicate made by the kernel (SCM_RIGHTS, fork), so the owner always closes its own.
#pragma once

#include <unistd.h>

#include <utility>

namespace airtap {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      close_now();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { close_now(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  void close_now() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd_ = -1;
};

}  // namespace airtap
