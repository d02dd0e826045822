// SPDX-License-Identifier: LGPL-2.1-or-later
#include "profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <string_view>

namespace airtap {

namespace {

constexpr std::string_view prefix = "airtap";

Wanted with_profile(Wanted wanted, const Profile& profile) {
  wanted.nic.mode = profile.mode;
  wanted.nic.addresses = profile.addresses;
  wanted.nic.isolate = profile.isolate;
  // Root's choice, not a domain's: what `allow` says of those does not concern it.
  if (profile.uplink) wanted.config.uplink = profile.uplink;
  return wanted;
}

Error no_such_profile(const IfName& name, const Config& config) {
  std::set<std::string> names{"airtap"};
  for (const Mode mode :
       {Mode::automatic, Mode::macnat, Mode::four_addr, Mode::ipvtap, Mode::bridge})
    names.insert(fmt::format("airtap-{}", to_text(mode)));
  for (const auto& [profile, keys] : config.profiles) names.insert(profile);
  return Error(fmt::format("there is no profile {}", name.text()),
               fmt::format("profiles: {}; see airtap.toml(5)", fmt::join(names, ", ")));
}

}  // namespace

Result<Wanted> resolve_name(const IfName& name, const Config& config) {
  Wanted wanted{.config = config};
  wanted.nic.label = name.text();
  wanted.nic.anonymous = true;
  wanted.nic.mode_from = "the name of the bridge";
  wanted.nic.device_is_ours = true;
  const auto profile = config.profiles.find(name.text());
  if (profile != config.profiles.end()) return with_profile(std::move(wanted), profile->second);
  std::string_view rest = name.text();
  if (!rest.starts_with(prefix)) {
    // As with a system libvirt, whose guests can be on airtap's bridge by its name.
    if (rest.starts_with(bridge_prefix))
      wanted.nic.bridge = name.text();
    else
      wanted.nic.uplink = name.text();
    return wanted;
  }
  rest.remove_prefix(prefix.size());
  if (rest.empty()) return wanted;
  if (rest.front() != '-') return fail(no_such_profile(name, config));
  const auto mode = parse_mode(rest.substr(1));
  if (!mode) return fail(no_such_profile(name, config));
  wanted.nic.mode = *mode;
  return wanted;
}

}  // namespace airtap
