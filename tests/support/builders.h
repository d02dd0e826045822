// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Short ways to write the values that tests start from.
#pragma once

#include <string>
#include <vector>

#include "model/guest_nic.h"
#include "model/if_name.h"

namespace airtap::test {

inline IfName name(const std::string& text) { return IfName::parse(text).value(); }
inline MacAddress mac(const std::string& text) { return MacAddress::parse(text).value(); }

/// `<target dev='airtapN' managed='no'/>`, MAC 52:54:00:00:00:NN.
inline GuestNic nic(unsigned number, std::optional<Mode> mode = std::nullopt) {
  GuestNic made;
  made.label = "ua-lan" + std::to_string(number);
  made.mac.bytes = {0x52, 0x54, 0, 0, 0, static_cast<std::uint8_t>(number)};
  made.target = "airtap" + std::to_string(number);
  made.device_is_ours = true;
  made.mode = mode;
  return made;
}

/// As the bridge helper's callers are: neither a MAC nor a device.
inline GuestNic anonymous(std::optional<Mode> mode = std::nullopt) {
  GuestNic made = nic(0, mode);
  made.mac = {};
  made.target.clear();
  made.anonymous = true;
  return made;
}

inline Domain domain(std::vector<GuestNic> nics, const std::string& domain_name = "vm1") {
  const std::string digit = std::to_string(domain_name.empty() ? 0 : domain_name.back() % 10);
  return {domain_name, "00000000-0000-4000-8000-00000000000" + digit, std::move(nics)};
}

}  // namespace airtap::test
