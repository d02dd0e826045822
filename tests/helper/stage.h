// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A host of the test's own on which the helpers are installed with the set-user-ID bit, and callers
// who are nobody special. Real programs, real kernel; only /etc, /run, /usr/libexec and /dev/net
// are private.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "support/net_namespace.h"

namespace airtap::test {

inline constexpr unsigned caller_uid = 4200;

/// What a call came to.
struct Outcome {
  int status = -1;   ///< exit status, or minus the signal
  std::string said;  ///< on stderr
  std::string printed;
  /// Of the one message on the socket: its bytes and its first descriptor.
  std::string sent;
  std::optional<UniqueFd> device;
  std::string name;  ///< of the device
  unsigned flags = 0;
};

struct Call {
  std::string program;  ///< ours, stock
  std::vector<std::string> arguments;
  /// --fd=<the socket> is appended.
  bool with_socket = true;
  unsigned uid = caller_uid;
  std::vector<unsigned> groups{};
  /// Makes the socket pair; otherwise the caller.
  unsigned socket_uid = caller_uid;
  int socket_type = SOCK_STREAM;
  std::vector<std::string> environment{};
  /// In the caller, before it gives up root, with its end of the pair.
  std::function<void(int socket)> before{};
  /// In the caller, last.
  std::function<void(int socket)> at_last{};
};

/// "" when it cannot be read.
std::string text_of(const std::filesystem::path& path);

/// Whoever writes to this pipe, of which the other end is not read, waits from now on.
void fill(int pipe);

class Stage : public NetNamespaceTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// bridge.conf, readable by everybody.
  void allow(const std::string& text, mode_t mode = 0644, unsigned group = 0);
  /// A file in /etc/qemu.
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0644,
                    unsigned group = 0);
  void configure(const std::string& airtap_toml);
  /// up0, behind which a gateway answers, as the uplink of airtap.
  void make_uplink();

  Outcome call(const Call& call);
  /// Starts it and does not wait; the outcome is read by finish().
  struct Running {
    pid_t pid = -1;
    UniqueFd socket, out, err;
  };
  Running start(const Call& call);
  static Outcome finish(Running running);

  /// Names of all links but those the stage made.
  static std::string links();
  /// What airtap keeps: records, pins, programs that run. Empty when there is nothing.
  static std::string residue();
  /// "" as soon as nothing of airtap is left, otherwise what still is.
  static std::string residue_after(int milliseconds);

  static const std::string ours, stock;

 private:
  void install();
  std::string directory_;
  std::optional<Machine> gateway_;
};

/// With an uplink whose guests get mode macnat, and a list that allows a bridge and guests.
class GuestStage : public Stage {
 protected:
  void SetUp() override;
  /// A call by name as QEMU makes it.
  static Call asking(const std::string& name);
};

}  // namespace airtap::test
