// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any bytes as bridge.conf: no crash, arguments within their limits, and what was read says the
// same when it is written down again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/bridge_acl.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

const char* command(airtap::AclRule::Kind kind) {
  switch (kind) {
    case airtap::AclRule::Kind::allow:
      return "allow ";
    case airtap::AclRule::Kind::deny:
      return "deny ";
    case airtap::AclRule::Kind::include:
      break;
  }
  return "include ";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rules = airtap::parse_acl(text, "bridge.conf");
  if (!rules) {
    require(rules.error().what().starts_with("bridge.conf, line "));
    for (const char c : rules.error().line()) require(static_cast<unsigned char>(c) >= 0x20);
    return 0;
  }
  std::string again;
  for (const airtap::AclRule& rule : *rules) {
    require(!rule.argument.empty());
    require(rule.kind == airtap::AclRule::Kind::include || rule.argument.size() <= 15);
    require(rule.argument.find('\n') == std::string::npos);
    again += command(rule.kind) + rule.argument + "\n";
  }
  const auto reread = airtap::parse_acl(again, "again");
  require(reread && *reread == *rules);
  return 0;
}
