// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/association.h"

#include <fmt/format.h>

#include <cerrno>
#include <optional>

#include "kernel/supplicant.h"

namespace airtap {

namespace {

using Clock = std::chrono::steady_clock;

/// The value of NAME=value in what wpa_supplicant says.
std::string_view value_of(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string_view::npos; ++at) {
    const std::size_t value = at + name.size();
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
    if (begins && value < text.size() && text[value] == '=')
      return text.substr(value + 1, text.find_first_of(" \n", value) - value - 1);
  }
  return {};
}

constexpr const char* other_clients = "it may take no further clients, or not this MAC";

/// Nothing while it is not decided; an error ends the waiting.
Result<bool> judge(std::string_view event, std::optional<Error>& last) {
  if (event.starts_with("CTRL-EVENT-CONNECTED")) return true;
  if (event.starts_with("CTRL-EVENT-TERMINATING")) return fail("its wpa_supplicant has ended");
  if (event.starts_with("CTRL-EVENT-SSID-TEMP-DISABLED")) {
    if (value_of(event, "reason") == "WRONG_KEY")
      return fail("the access point does not accept the key", "correct it in the credentials",
                  EACCES);
    if (last) return fail(*last);
    return fail(fmt::format("the access point refuses it ({})", value_of(event, "reason")),
                "is the key in the credentials right?", EACCES);
  }
  if (event.starts_with("CTRL-EVENT-ASSOC-REJECT") || event.starts_with("CTRL-EVENT-AUTH-REJECT"))
    last = Error(fmt::format("the access point refuses it (802.11 status code {})",
                             value_of(event, "status_code")),
                 other_clients, EACCES);
  return false;
}

}  // namespace

Result<> await_association(const std::string& socket_path, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  AIRTAP_TRY(auto socket, SupplicantSocket::open(socket_path));
  AIRTAP_CHECK(socket.tell("ATTACH"));
  AIRTAP_TRY(const std::string status, socket.ask("STATUS"));
  bool joined = value_of(status, "wpa_state") == "COMPLETED";
  std::optional<Error> last;
  while (!joined) {
    AIRTAP_TRY(const auto event, socket.event(deadline));
    if (!event && last) return fail(*last);
    if (!event)
      return fail("the access point did not let it in within " +
                      std::to_string(std::chrono::ceil<std::chrono::seconds>(timeout).count()) +
                      " s",
                  other_clients, ETIMEDOUT);
    AIRTAP_TRY(joined, judge(*event, last));
  }
  return socket.tell("DETACH");
}

Result<bool> follow_channel(const std::string& socket_path, unsigned frequency) {
  AIRTAP_TRY(auto socket, SupplicantSocket::open(socket_path));
  AIRTAP_TRY(const std::string status, socket.ask("STATUS"));
  const std::string_view state = value_of(status, "wpa_state");
  if (frequency == 0) {
    if (state == "DISCONNECTED") return false;
    AIRTAP_CHECK(socket.tell("DISCONNECT"));
    return true;
  }
  const std::string wanted = std::to_string(frequency);
  AIRTAP_TRY(const std::string allowed, socket.ask("GET_NETWORK 0 freq_list"));
  if (allowed == wanted && state != "DISCONNECTED") return false;
  for (unsigned network = 0;; ++network) {
    AIRTAP_TRY(const std::string set,
               socket.ask(fmt::format("SET_NETWORK {} freq_list {}", network, wanted)));
    if (!set.starts_with("OK")) break;
    AIRTAP_CHECK(socket.tell(fmt::format("SET_NETWORK {} scan_freq {}", network, wanted)));
  }
  AIRTAP_CHECK(socket.tell("REASSOCIATE"));
  return true;
}

}  // namespace airtap
