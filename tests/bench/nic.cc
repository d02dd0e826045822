// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/nic.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace airtap::bench {
namespace {

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

constexpr std::size_t long_frame = 4000;
constexpr std::uint16_t headers = 128;

class Tap final : public Nic {
 public:
  explicit Tap(UniqueFd fd) : fd_(std::move(fd)) {}
  ssize_t receive(void* frame, std::size_t room) override { return ::read(fd_.get(), frame, room); }
  bool send(const void* frame, std::size_t size) override {
    return ::write(fd_.get(), frame, size) >= 0;
  }
  int fd() const override { return fd_.get(); }

 private:
  UniqueFd fd_;
};

class Stream final : public Nic {
 public:
  explicit Stream(UniqueFd socket) : fd_(std::move(socket)) {}

  ssize_t receive(void* frame, std::size_t room) override {
    if (!has_frame()) {
      fill();
      if (!has_frame()) return 0;
    }
    const std::size_t size = std::min<std::size_t>(next_length(), room - header_size);
    std::memset(frame, 0, header_size);
    // Says where the headers end, so that a TAP puts what follows into pages, as virtio does. In
    // one piece of memory, twice as large as the frame, it would soon be too much for a socket.
    if (size > long_frame) std::memcpy(static_cast<std::uint8_t*>(frame) + 2, &headers, 2);
    std::memcpy(static_cast<std::uint8_t*>(frame) + header_size,
                buffer_.data() + begin_ + sizeof(std::uint32_t), size);
    begin_ += sizeof(std::uint32_t) + next_length();
    return static_cast<ssize_t>(header_size + size);
  }

  bool send(const void* frame, std::size_t size) override {
    if (size <= header_size) return false;
    std::uint32_t length = htonl(static_cast<std::uint32_t>(size - header_size));
    auto* data = const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(frame)) + header_size;
    std::array<iovec, 2> parts{iovec{&length, sizeof(length)}, iovec{data, size - header_size}};
    std::size_t left = sizeof(length) + size - header_size;
    while (left > 0) {
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = parts.size();
      const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent >= 0) {
        left -= static_cast<std::size_t>(sent);
        advance(parts, static_cast<std::size_t>(sent));
        continue;
      }
      if (errno != EAGAIN) return false;
      pollfd wait{fd_.get(), POLLOUT, 0};
      if (::poll(&wait, 1, 1000) <= 0) return false;
    }
    return true;
  }

  int fd() const override { return fd_.get(); }

 private:
  std::uint32_t next_length() const {
    std::uint32_t length;
    std::memcpy(&length, buffer_.data() + begin_, sizeof(length));
    return ntohl(length);
  }
  bool has_frame() const {
    const std::size_t held = end_ - begin_;
    return held >= sizeof(std::uint32_t) && held >= sizeof(std::uint32_t) + next_length();
  }
  void fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const ssize_t got =
        ::recv(fd_.get(), buffer_.data() + end_, buffer_.size() - end_, MSG_DONTWAIT);
    if (got > 0) end_ += static_cast<std::size_t>(got);
  }
  static void advance(std::array<iovec, 2>& parts, std::size_t sent) {
    for (auto& part : parts) {
      const std::size_t of_it = std::min(sent, part.iov_len);
      part.iov_base = static_cast<std::uint8_t*>(part.iov_base) + of_it;
      part.iov_len -= of_it;
      sent -= of_it;
    }
  }

  UniqueFd fd_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(2 * longest_frame);
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace

std::unique_ptr<Nic> open_tap(const std::string& node, const std::string& name, bool offload) {
  UniqueFd fd(::open(node.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.valid()) broken(node);
  return open_tap(std::move(fd), name, offload);
}

std::unique_ptr<Nic> open_tap(UniqueFd fd, const std::string& name, bool offload) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) broken("O_NONBLOCK");
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) broken("TUNSETIFF " + name);
  const unsigned long offloads = offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
  if (::ioctl(fd.get(), TUNSETOFFLOAD, offloads) != 0) broken("TUNSETOFFLOAD " + name);
  return std::make_unique<Tap>(std::move(fd));
}

std::unique_ptr<Nic> make_stream(UniqueFd socket) {
  return std::make_unique<Stream>(std::move(socket));
}

void drain(Nic& nic) {
  static thread_local std::vector<std::uint8_t> frame(longest_frame);
  while (nic.receive(frame.data(), frame.size()) > 0) {
  }
}

}  // namespace airtap::bench
