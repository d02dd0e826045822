// SPDX-License-Identifier: LGPL-2.1-or-later
//
// airtap-bridge-helper: what QEMU and session libvirt run, with the set-user-ID bit. Bridges that
// are there it serves by itself, with what QEMU's helper has and nothing else; everything of airtap
// is another program's, which needs ten libraries. Static: whoever may run this cannot have a
// dynamic loader work for them, and starting costs less.
#include <linux/capability.h>
#include <unistd.h>

#include <cstdio>

#include "caller.h"
#include "config/bridge_acl.h"
#include "filter.h"
#include "hand_over.h"
#include "last_words.h"
#include "plain_bridge.h"
#include "privileges.h"

namespace airtap {
namespace {

Result<> serve_bridge(const Request& request) {
  AIRTAP_CHECK(become_caller({
      CAP_NET_ADMIN,  // to make a TAP, to change it and to put it on a bridge
  }));
  AIRTAP_CHECK(leave_only_calls_for(Job::plain_bridge));
  AIRTAP_CHECK(check_acl(AIRTAP_BRIDGE_ACL, request.bridge.text()));
  AIRTAP_TRY(const UniqueFd tap, tap_on_bridge(request.bridge, request.use_vnet));
  return send_device(request.socket, tap.get());
}

/// airtap's own bridge serves guests that airtap knows. A name that is neither a bridge nor
/// airtap's nor any device is answered by the plain way too: in the words that users of QEMU's
/// helper know.
bool is_for_airtap(const IfName& name) {
  if (name.text().starts_with("airbr-")) return true;
  return !is_bridge(name) && (name.text().starts_with("airtap") || is_device(name));
}

Result<> serve(const Request& request) {
  AIRTAP_TRY(const pid_t owner, owner_of_socket(request.socket, ::getuid()));
  static_cast<void>(owner);
  return is_for_airtap(request.bridge) ? hand_over(request) : serve_bridge(request);
}

int run(int argc, const char* const* argv) {
  if (auto ready = distrust_what_was_inherited(); !ready) {
    std::fprintf(stderr, "airtap-bridge-helper: %s\n", ready.error().line().c_str());
    return 1;
  }
  const auto request = parse_request(argc, argv);
  if (!request) {
    std::fprintf(stderr, "airtap-bridge-helper: %s\n%s", request.error().line().c_str(), usage);
    return 1;
  }
  if (request->kind == Request::Kind::help) return std::fputs(help, stdout) < 0 ? 1 : 0;
  if (request->kind == Request::Kind::version)
    return std::puts("airtap-bridge-helper " AIRTAP_VERSION) < 0 ? 1 : 0;
  const auto served = serve(*request);
  if (served) return 0;
  std::fprintf(stderr, "airtap-bridge-helper: %s: %s\n", request->bridge.c_str(),
               served.error().line().c_str());
  return 1;
}

}  // namespace
}  // namespace airtap

int main(int argc, char** argv) {
  const int status = airtap::run(argc, argv);
  if (status != 0) airtap::let_last_words_be_read();
  return status;
}
