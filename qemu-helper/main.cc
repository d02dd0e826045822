// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of airtap-bridge-helper that makes and ends guests of airtap. Not for anybody to run:
// its front has checked the caller, the list and the socket, and has become root.
#include <linux/capability.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <string_view>

#include "base/log.h"
#include "filter.h"
#include "guest.h"
#include "last_words.h"
#include "privileges.h"

namespace airtap {
namespace {

Result<> give_up_the_rest() {
  AIRTAP_CHECK(keep_only({
      CAP_NET_ADMIN,  // to make devices, bridges and filters, to turn on 4-address frames
      CAP_NET_RAW,    // to ask the gateway by ARP whether it is heard
      CAP_BPF,        // to load the datapath and to write its maps
      CAP_PERFMON,  // because the verifier checks programs without it as if they were a stranger's
  }));
  return leave_only_calls_for(Job::airtap_guest);
}

int attach(const char* name_text, std::string_view socket_text, std::string_view header) {
  GuestRequest request{.use_vnet = header == "vnet"};
  auto name = IfName::parse(name_text);
  std::from_chars(socket_text.data(), socket_text.data() + socket_text.size(), request.socket);
  if (!name || request.socket < 0) return 2;
  request.name = std::move(*name);
  auto result = give_up_the_rest();
  if (result) result = attach_guest(request);
  if (result) return 0;
  std::fprintf(stderr, "airtap-bridge-helper: %s: %s\n", name_text, result.error().line().c_str());
  log::warning(std::string(name_text) + ": " + result.error().line());
  let_last_words_be_read();
  return 1;
}

int forget(const char* uuid) {
  if (auto result = give_up_the_rest(); !result) log::warning(result.error().line());
  forget_guest(uuid);
  return 0;
}

}  // namespace
}  // namespace airtap

int main(int argc, char** argv) {
  using namespace airtap;
  const std::string_view task = argc > 1 ? argv[1] : "";
  // Whoever runs this without privilege gains none, and could only make a mess of error messages.
  if (::getuid() == 0 && ::geteuid() == 0) {
    log::to_journal();
    if (task == "attach" && argc == 5) return attach(argv[2], argv[3], argv[4]);
    if (task == "forget" && argc == 3) return forget(argv[2]);
  }
  std::fputs("airtap: this is run by airtap-bridge-helper, see airtap-bridge-helper(8)\n", stderr);
  return 2;
}
