// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the administrator of the host decides: airtap.toml and airtap.d/*.toml. A machine with one
// Wi-Fi adapter needs none of them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/mode.h"

namespace airtap {

/// The member initialisers are the configuration of a host without any file.
/// What a caller of the bridge helper gets under a name of the administrator's choice; what is not
/// set is as for every guest.
struct Profile {
  std::optional<Mode> mode;
  std::optional<std::string> uplink;
  std::optional<unsigned> addresses;
  bool isolate = false;

  bool operator==(const Profile&) const = default;
};

struct Config {
  /// fnmatch(3) patterns: a type='ethernet' interface is ours when its <target dev> matches one.
  std::vector<std::string> claim{"airtap*"};
  /// For NICs whose metadata names no mode.
  Mode mode = Mode::automatic;
  /// For NICs whose metadata names no uplink; nothing: found from facts. An interface name.
  std::optional<std::string> uplink;
  /// Most addresses learned for a guest at one time, for NICs whose metadata says nothing: 1 to 64.
  unsigned addresses = 32;

  /// Modes that may come into use, asked for or found; empty: every one.
  std::vector<Mode> allowed_modes;
  /// Uplinks that a domain's metadata may ask for; empty: every one. Interface names.
  std::vector<std::string> allowed_uplinks;
  /// A domain's metadata may ask for allow-server.
  bool allow_server = false;

  /// What a guest's own station gets into the uplink's network with (model/credentials.h); empty:
  /// not at all.
  std::string station_credentials;

  /// By name: "airtap" and up to nine characters more.
  std::map<std::string, Profile> profiles;

  bool operator==(const Config&) const = default;
};

/// Reads `<etc_dir>/airtap.toml`, then `<etc_dir>/airtap.d/*.toml` in the order of their names; a
/// key in a later file replaces the same key of an earlier one. What is not there is left out, in
/// silence. Errors: a file that is there and cannot be read, is not TOML, or has a key or value
/// that is not known; they name the file, and line and column where there is one.
Result<Config> load_config(const std::filesystem::path& etc_dir);

/// One file's text on top of `config`; `file` is its name in messages. The text is at most
/// max_config_file bytes long.
Result<Config> parse_config(std::string_view text, std::string_view file, Config config = {});

/// In bytes; a longer file is an error.
constexpr std::size_t max_config_file = std::size_t{1} << 20;

}  // namespace airtap
