// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a wpa_supplicant is asked and told, with one that says what the test wants at the other end
// of the control socket.
#include "kernel/association.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "kernel/supplicant.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// Answers each command by `answer`; then sends the events that have become due.
class FakeSupplicant {
 public:
  using Answer = std::function<std::string(const std::string& command)>;

  explicit FakeSupplicant(Answer answer) : answer_(std::move(answer)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeSupplicant() { end(); }
  FakeSupplicant(const FakeSupplicant&) = delete;
  FakeSupplicant& operator=(const FakeSupplicant&) = delete;

  std::string path() const { return directory_ / "wlan0"; }
  /// What it was told, once no more is coming.
  std::vector<std::string> commands() {
    end();
    return commands_;
  }
  /// Sent before the answer to `command`, and after it.
  void send_before(const std::string& command, const std::string& event) {
    before_ = {command, event};
  }
  void send_after(const std::string& command, std::vector<std::string> events) {
    after_ = {command, std::move(events)};
  }

 private:
  void end() {
    ::shutdown(fd_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  void serve() {
    std::array<char, 256> buffer;
    for (;;) {
      sockaddr_un from{};
      socklen_t size = sizeof from;
      const ssize_t length = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &size);
      if (length <= 0) return;
      const std::string command(buffer.data(), static_cast<std::size_t>(length));
      commands_.push_back(command);
      const auto send = [&](const std::string& text) {
        ::sendto(fd_.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
      };
      if (command == before_.first) send(before_.second);
      send(answer_(command));
      if (command == after_.first)
        for (const std::string& event : after_.second) send(event);
    }
  }

  test::TempDirectory directory_;
  UniqueFd fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  Answer answer_;
  std::pair<std::string, std::string> before_;
  std::pair<std::string, std::vector<std::string>> after_;
  std::vector<std::string> commands_;
  std::thread thread_;
};

std::string in_state(const std::string& command, const char* state) {
  return command == "STATUS" ? std::string("bssid=02:00:00:00:00:01\nwpa_state=") + state + "\n"
                             : "OK\n";
}
std::string scanning(const std::string& command) { return in_state(command, "SCANNING"); }
std::string completed(const std::string& command) { return in_state(command, "COMPLETED"); }

/// The error of a wait in which these events come.
std::string error_after(std::vector<std::string> events) {
  FakeSupplicant supplicant(scanning);
  supplicant.send_after("STATUS", std::move(events));
  const auto joined = await_association(supplicant.path(), milliseconds(300));
  return joined ? "no error" : joined.error().line();
}

TEST(AwaitAssociation, EndsAtOnceWhereItIsThere) {
  FakeSupplicant supplicant(completed);
  EXPECT_TRUE(await_association(supplicant.path(), milliseconds(300)));
  EXPECT_THAT(supplicant.commands(), ElementsAre("ATTACH", "STATUS", "DETACH"));
}

TEST(AwaitAssociation, EndsWithTheEvent) {
  EXPECT_EQ(error_after({"<3>CTRL-EVENT-SCAN-STARTED", "<3>CTRL-EVENT-CONNECTED - Connection"}),
            "no error");
}

TEST(AwaitAssociation, AnEventBeforeAnAnswerIsNotLost) {
  FakeSupplicant supplicant(scanning);
  supplicant.send_before("STATUS", "<3>CTRL-EVENT-CONNECTED - Connection");
  EXPECT_TRUE(await_association(supplicant.path(), milliseconds(300)));
}

TEST(AwaitAssociation, SaysWhatTheAccessPointHasAgainstIt) {
  EXPECT_THAT(error_after({"<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"x\" reason=WRONG_KEY"}),
              HasSubstr("does not accept the key"));
  EXPECT_THAT(error_after({"<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 reason=AUTH_FAILED"}),
              HasSubstr("the access point refuses it (AUTH_FAILED)"));
  EXPECT_THAT(error_after({"<3>CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:00:01 status_code=17"}),
              HasSubstr("802.11 status code 17"));
  EXPECT_THAT(error_after({"<3>CTRL-EVENT-AUTH-REJECT auth_type=0 status_code=1",
                           "<3>CTRL-EVENT-SSID-TEMP-DISABLED id=0 reason=CONN_FAILED"}),
              HasSubstr("802.11 status code 1"));
  EXPECT_THAT(error_after({"<3>CTRL-EVENT-TERMINATING"}), HasSubstr("has ended"));
  EXPECT_THAT(error_after({}), HasSubstr("did not let it in within 1 s"));
}

TEST(AwaitAssociation, ARefusedCommandAndNobodyThereAreErrors) {
  FakeSupplicant refusing([](const std::string&) { return "FAIL\n"; });
  const auto refused = await_association(refusing.path(), milliseconds(300));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("it refused ATTACH"));
  const auto nobody = await_association(refusing.path() + "x", milliseconds(300));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), ENOENT);
}

TEST(FollowChannel, MovesEveryNetworkAndJoinsAnew) {
  FakeSupplicant supplicant([](const std::string& command) -> std::string {
    if (command == "GET_NETWORK 0 freq_list") return "2412";
    if (command.starts_with("SET_NETWORK 2")) return "FAIL\n";
    return completed(command);
  });
  EXPECT_EQ(follow_channel(supplicant.path(), 2437), true);
  EXPECT_THAT(
      supplicant.commands(),
      ElementsAre("STATUS", "GET_NETWORK 0 freq_list", "SET_NETWORK 0 freq_list 2437",
                  "SET_NETWORK 0 scan_freq 2437", "SET_NETWORK 1 freq_list 2437",
                  "SET_NETWORK 1 scan_freq 2437", "SET_NETWORK 2 freq_list 2437", "REASSOCIATE"));
}

TEST(FollowChannel, LeavesWhatIsRight) {
  FakeSupplicant supplicant([](const std::string& command) -> std::string {
    return command.starts_with("GET_NETWORK") ? "2437" : completed(command);
  });
  EXPECT_EQ(follow_channel(supplicant.path(), 2437), false);
  EXPECT_THAT(supplicant.commands(), ElementsAre("STATUS", "GET_NETWORK 0 freq_list"));
}

TEST(FollowChannel, GoesWhereTheUplinkIsInNoNetwork) {
  FakeSupplicant joined(completed);
  EXPECT_EQ(follow_channel(joined.path(), 0), true);
  EXPECT_THAT(joined.commands(), ElementsAre("STATUS", "DISCONNECT"));
  FakeSupplicant gone([](const std::string& command) { return in_state(command, "DISCONNECTED"); });
  EXPECT_EQ(follow_channel(gone.path(), 0), false);
  EXPECT_THAT(gone.commands(), ElementsAre("STATUS"));
}

TEST(AskSupplicant, TakesOkOnly) {
  FakeSupplicant supplicant(completed);
  EXPECT_TRUE(ask_supplicant(supplicant.path(), "REASSOCIATE"));
  EXPECT_FALSE(ask_supplicant(supplicant.path(), "STATUS"));
  const auto long_path = ask_supplicant(supplicant.path() + std::string(120, 'x'), "PING");
  EXPECT_FALSE(long_path);
}

}  // namespace
}  // namespace airtap
