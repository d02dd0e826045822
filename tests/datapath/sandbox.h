// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A network namespace of the test's own as the host, a second one as the LAN, and a BPF file system
// nobody else sees. Devices are made with `ip`, not with airtap's own code.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "datapath/frames.h"

namespace airtap::test {

using Matches = std::function<bool(const Frame&)>;

/// Something frames go into and come out of.
class Wire {
 public:
  Wire(UniqueFd fd, bool is_packet_socket) : fd_(std::move(fd)), packet_(is_packet_socket) {}
  void send(const Frame& frame) const;
  /// The first frame that matches; nullopt when none came in time.
  std::optional<Frame> receive(const Matches& matches,
                               std::chrono::milliseconds timeout = std::chrono::seconds(2)) const;
  /// How many frames match within the time: for duplicates and for what must not arrive.
  int count(const Matches& matches,
            std::chrono::milliseconds time = std::chrono::milliseconds(150)) const;
  int fd() const { return fd_.get(); }

 private:
  std::optional<Frame> next(std::chrono::milliseconds timeout) const;
  UniqueFd fd_;
  bool packet_;
};

/// A UDP socket of a namespace's own kernel, which drops what has a wrong checksum.
class UdpSocket {
 public:
  explicit UdpSocket(std::uint16_t port);
  /// What arrived; nullopt when nothing did.
  std::optional<Frame> receive(std::chrono::milliseconds timeout = std::chrono::seconds(2)) const;
  void send(const std::string& to, std::uint16_t port, const Frame& payload) const;

 private:
  UniqueFd fd_;
};

class Sandbox {
 public:
  /// Empty when this process may do it, otherwise why not.
  static std::string unavailable();

  Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Runs a shell command in the host's namespace; throws with its text when it fails.
  void run(const std::string& command) const;
  void run_in_lan(const std::string& command) const;
  std::string output(const std::string& command) const;
  /// A veth pair, `host` here and `lan` there, both up.
  void connect(const std::string& host, const std::string& lan) const { connect(host, lan, lan_); }
  void in_lan(const std::function<void()>& action) const { in(lan_, action); }

  // A guest with a kernel of its own: one more namespace behind a veth pair.
  static UniqueFd make_namespace();
  /// Runs on the calling thread, which is in the host's namespace before and after.
  void in(const UniqueFd& space, const std::function<void()>& action) const;
  void connect(const std::string& host, const std::string& there, const UniqueFd& space) const;
  const UniqueFd& host() const { return host_; }
  const UniqueFd& lan() const { return lan_; }

  /// Frames on a device as AF_PACKET sees them.
  Wire packet_socket(const std::string& device) const;
  Wire lan_socket(const std::string& device) const;
  /// A TAP and its guest's side, where each frame may follow a struct virtio_net_hdr.
  Wire tap(const std::string& name, bool vnet_header = false) const;
  /// An ipvtap of `lower`, or where the kernel has none a macvtap: the same queue
  /// (drivers/net/tap.c) and, like ipvlan, an rx_handler on `lower` that copies group frames.
  Wire ipvtap(const std::string& name, const std::string& lower) const;
  UdpSocket lan_udp(std::uint16_t port) const;
  int ifindex(const std::string& device) const;
  /// Checksums are computed before a frame leaves through the device, not left to it.
  void without_checksum_offload(const std::string& device) const;

 private:
  UniqueFd host_;
  UniqueFd lan_;
};

}  // namespace airtap::test
