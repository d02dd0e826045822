// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/credentials.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cctype>
#include <cerrno>
#include <map>
#include <sstream>

#include "base/file.h"
#include "base/unique_fd.h"
#include "kernel/run_program.h"
#include "model/credentials.h"

namespace airtap {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds nmcli_timeout{5000};
constexpr off_t max_file = off_t{1} << 20;

/// With `owner`, refuses what others could read.
Result<std::vector<NetworkBlock>> read_networks(const fs::path& path,
                                                std::optional<std::uint32_t> owner) {
  const std::string what = "credentials " + path.string();
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid())
    return fail_errno(
        what, errno,
        errno == ENOENT ? "write it as a wpa_supplicant.conf, owner root, mode 0600" : "");
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(what, errno);
  if (!S_ISREG(status.st_mode)) return fail(what + ": it is not a regular file");
  if (owner && (status.st_uid != *owner || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0))
    return fail(fmt::format("{}: owner {}, mode {:04o}: others than root can read or change it",
                            what, status.st_uid, status.st_mode & 07777),
                fmt::format("chown root:root {0} && chmod 600 {0}", path.string()));
  if (status.st_size > max_file) return fail(what + ": the file is too long");
  AIRTAP_TRY(const std::string text, read_all(fd.get(), what));
  auto networks = parse_networks(text);
  if (!networks) return fail(networks.error().within(what));
  return networks;
}

std::vector<std::string> arguments_of(const fs::path& process) {
  std::istringstream in(read_file(process / "cmdline").value_or(""));
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(in, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

Result<std::vector<NetworkBlock>> of_supplicant(const IfName& uplink) {
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    if (std::isdigit(static_cast<unsigned char>(at->path().filename().native().front())) == 0)
      continue;
    // Anybody may call a program of theirs so, and name any file.
    struct stat process {};
    if (::stat(at->path().c_str(), &process) != 0 || process.st_uid != 0) continue;
    const auto file = file_of_supplicant(arguments_of(at->path()), uplink.text());
    if (file) return read_networks(*file, std::nullopt);
  }
  return fail(
      "no wpa_supplicant with a configuration file (-c) of its own runs on " + uplink.text(),
      "set credentials under [station] in airtap.toml to a file or to \"networkmanager\"");
}

Result<std::string> nmcli(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "nmcli");
  auto result = run_program(std::move(arguments), nmcli_timeout);
  if (!result && result.error().code() == ENOENT)
    return fail("credentials: nmcli is not installed", "install NetworkManager, or name a file");
  if (!result) return fail(result.error().within("credentials"));
  // What it says may be part of a secret.
  if (result->status != 0)
    return fail(fmt::format("credentials: nmcli failed with status {}", result->status),
                "does NetworkManager run?");
  return result->text;
}

Result<std::vector<NetworkBlock>> of_network_manager(const StationNetwork& network) {
  AIRTAP_TRY(std::string uuid,
             nmcli({"-g", "GENERAL.CON-UUID", "device", "show", network.uplink.text()}));
  uuid.erase(std::min(uuid.find('\n'), uuid.size()));
  if (uuid.empty())
    return fail("credentials: NetworkManager has no connection on " + network.uplink.text(),
                "set credentials under [station] in airtap.toml to a file or to \"supplicant\"");
  AIRTAP_TRY(const std::string text,
             nmcli({"-s", "-t", "-e", "no", "-f", "802-11-wireless-security", "connection", "show",
                    "uuid", uuid}));
  auto block = network_of_profile(text, network.ssid);
  if (!block) return fail(block.error().within("credentials: connection " + uuid));
  return std::vector<NetworkBlock>{*std::move(block)};
}

}  // namespace

Result<std::vector<NetworkBlock>> read_secret_file(const fs::path& path, std::uint32_t owner) {
  return read_networks(path, owner);
}

std::optional<std::string> file_of_supplicant(const std::vector<std::string>& arguments,
                                              const std::string& uplink) {
  if (arguments.empty() || fs::path(arguments[0]).filename() != "wpa_supplicant")
    return std::nullopt;
  std::string interface;
  std::string file;
  const auto is_it = [&] { return interface == uplink && file.starts_with('/'); };
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-N") {  // the next interface of several
      if (is_it()) return file;
      interface.clear();
      file.clear();
      continue;
    }
    for (auto [option, value] : {std::pair("-i", &interface), std::pair("-c", &file)}) {
      if (!argument.starts_with(option)) continue;
      if (argument.size() > 2)
        *value = argument.substr(2);
      else if (i + 1 < arguments.size())
        *value = arguments[++i];
      break;
    }
  }
  return is_it() ? std::optional(file) : std::nullopt;
}

Result<NetworkBlock> network_of_profile(std::string_view text, std::string_view ssid) {
  std::map<std::string, std::string, std::less<>> fields;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto colon = line.find(':');
    const auto dot = line.find('.');
    if (colon != std::string_view::npos && dot < colon)
      fields.emplace(line.substr(dot + 1, colon - dot - 1), line.substr(colon + 1));
  }
  const std::string& how = fields["key-mgmt"];
  NetworkBlock block{{"ssid", ssid_value(ssid)}};
  if (how.empty() || how == "owe") {
    block.emplace_back("key_mgmt", how.empty() ? "NONE" : "OWE");
    if (!how.empty()) block.emplace_back("ieee80211w", "2");
    return block;
  }
  if (how != "wpa-psk" && how != "sae")
    return fail("key management '" + how + "' cannot be taken over",
                "set credentials under [station] in airtap.toml to a file");
  const std::string& psk = fields["psk"];
  if (psk.empty())
    return fail("its key is not NetworkManager's to tell: a user's keyring has it",
                "nmcli connection modify CONNECTION wifi-sec.psk-flags 0, or use a file");
  const bool is_raw = psk.size() == 64;
  const std::string value = is_raw ? psk : "\"" + psk + "\"";
  block.emplace_back("key_mgmt", how == "sae" ? "SAE" : "WPA-PSK WPA-PSK-SHA256 SAE");
  // A password of WPA3 may be of any length.
  block.emplace_back(how == "sae" ? "sae_password" : "psk", value);
  block.emplace_back("ieee80211w", how == "sae" ? "2" : "1");
  return block;
}

Result<std::vector<NetworkBlock>> find_credentials(const StationNetwork& network) {
  if (network.credentials == credentials_of_network_manager) return of_network_manager(network);
  AIRTAP_TRY(const auto all, network.credentials == credentials_of_supplicant
                                 ? of_supplicant(network.uplink)
                                 : read_secret_file(network.credentials));
  auto found = networks_called(network.ssid, all);
  if (found.empty())
    return fail(
        fmt::format("credentials: no network of {} is the one that {} is in",
                    network.credentials == credentials_of_supplicant ? "its wpa_supplicant's file"
                                                                     : network.credentials,
                    network.uplink.text()),
        "add it there, with its ssid");
  return found;
}

}  // namespace airtap
