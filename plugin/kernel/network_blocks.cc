// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/network_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>

#include "base/text.h"

namespace airtap {

namespace {

constexpr std::string_view blanks = " \t\r";

/// As wpa_config_get_line() has it: a '#' after the last quotation mark, or in a line without any.
std::string_view without_comment(std::string_view line) {
  const auto first = line.find('"');
  auto last = first == std::string_view::npos ? first : line.rfind('"');
  if (last == first) last = 0;
  return trimmed(line.substr(0, line.find('#', last)), blanks);
}

bool is_hex(std::string_view text) {
  return !text.empty() && text.size() % 2 == 0 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::optional<std::string_view> quoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  return value.substr(1, value.size() - 2);
}

/// wpa_supplicant repeats in its log what it cannot read; so it must not get to see such a secret.
bool is_readable_secret(std::string_view key, std::string_view value) {
  static const std::set<std::string_view> secrets{
      "psk", "sae_password", "password", "private_key_passwd", "private_key2_passwd",
      "pin", "wep_key0",     "wep_key1", "wep_key2",           "wep_key3"};
  if (!secrets.contains(key) || value.starts_with("ext:") || value.starts_with("hash:"))
    return true;
  const auto text = quoted(value);
  if (key == "psk")
    return text ? text->size() >= 8 && text->size() <= 63 : value.size() == 64 && is_hex(value);
  return text || is_hex(value) || (value.starts_with("P\"") && value.ends_with('"'));
}

/// What the guest's station has its own of, or must not have.
bool is_replaced(std::string_view key) {
  constexpr std::array keys{"disabled", "scan_freq",         "freq_list", "frequency",
                            "mac_addr", "enable_4addr_mode", "bgscan"};
  return std::ranges::find(keys, key) != keys.end();
}

std::string_view value_of(const NetworkBlock& network, std::string_view key) {
  const auto found =
      std::ranges::find(network, key, [](const auto& setting) { return setting.first; });
  return found == network.end() ? std::string_view{} : found->second;
}

bool is_called(const NetworkBlock& network, std::string_view ssid) {
  const std::string_view value = value_of(network, "ssid");
  if (const auto text = quoted(value)) return *text == ssid;
  std::string lower(value);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower == ssid_value(ssid);
}

}  // namespace

Result<std::vector<NetworkBlock>> parse_networks(std::string_view text) {
  std::vector<NetworkBlock> networks;
  enum class In { nothing, network, other } in = In::nothing;
  unsigned number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_comment(trimmed(text.substr(0, end), blanks));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty()) continue;
    if (line == "}") {
      in = In::nothing;
    } else if (in == In::nothing && line.ends_with("={")) {
      in = line == "network={" ? In::network : In::other;
      if (in == In::network) networks.emplace_back();
    } else if (in == In::network) {
      const auto equals = line.find('=');
      if (equals == std::string_view::npos)
        return fail(fmt::format("line {}: there is no '='", number));
      const std::string_view key = line.substr(0, equals);
      const std::string_view value = line.substr(equals + 1);
      if (!is_readable_secret(key, value))
        return fail(fmt::format("line {}: the value of {} is not one", number, key),
                    "see wpa_supplicant.conf(5)");
      networks.back().emplace_back(key, value);
    }
  }
  if (in != In::nothing) return fail("the last '}' is missing");
  return networks;
}

std::vector<NetworkBlock> networks_called(std::string_view ssid,
                                          const std::vector<NetworkBlock>& networks) {
  std::vector<NetworkBlock> found;
  for (const NetworkBlock& network : networks) {
    const std::string_view mode = value_of(network, "mode");
    if (is_called(network, ssid) && (mode.empty() || mode == "0")) found.push_back(network);
  }
  return found;
}

std::string ssid_value(std::string_view ssid) {
  std::string hex;
  for (const char c : ssid) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string supplicant_conf(const std::vector<NetworkBlock>& networks, unsigned frequency,
                            std::string_view control_directory) {
  // sae_pwe: both ways in which WPA3 derives its element, as access points differ.
  std::string text =
      fmt::format("ctrl_interface=DIR={}\nsae_pwe=2\np2p_disabled=1\n", control_directory);
  for (const NetworkBlock& network : networks) {
    text += "network={\n";
    for (const auto& [key, value] : network)
      if (!is_replaced(key)) text += fmt::format("\t{}={}\n", key, value);
    text += fmt::format("\tmac_addr=0\n\tscan_freq={0}\n\tfreq_list={0}\n}}\n", frequency);
  }
  return text;
}

}  // namespace airtap
