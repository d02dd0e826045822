// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Wireless over generic netlink. The socket is opened at the first question: most calls of a host
// without Wi-Fi never ask one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "kernel/netlink_socket.h"
#include "kernel/wireless.h"

namespace airtap {

/// The attributes of a reply to NL80211_CMD_GET_INTERFACE (what follows the genlmsghdr); nullopt
/// when they are malformed or name no interface type.
std::optional<WirelessFacts> parse_interface(std::span<const std::byte> attributes);

/// The attributes of a reply to NL80211_CMD_GET_MESH_CONFIG: dot11MeshForwarding; nullopt when they
/// do not say.
std::optional<bool> parse_mesh_forwarding(std::span<const std::byte> attributes);

/// The attributes of one reply to NL80211_CMD_GET_SCAN; nullopt when it is not of the network that
/// the station is in.
std::optional<Association> parse_association(std::span<const std::byte> attributes);

class Nl80211 final : public Wireless {
 public:
  Nl80211() = default;

  Result<std::optional<WirelessFacts>> info(int ifindex) override;
  Result<> set_four_addr(int ifindex, bool on) override;
  Result<bool> can_four_addr(int ifindex) override;
  Result<std::vector<InterfaceCombination>> combinations(int ifindex) override;
  Result<std::optional<Association>> association(int ifindex) override;
  Result<> create_station(int uplink, const IfName& name, const MacAddress& mac) override;
  Result<> remove_station(int ifindex) override;
  Result<> reassociate(const IfName& station) override;

 private:
  /// The family's number; ENOENT when this kernel has no nl80211.
  Result<int> family();
  /// On when the kernel does not say: a mesh point that is down has no configuration.
  Result<bool> mesh_forwarding(int family, int ifindex);
  Result<> request(const NetlinkMessage& message, std::string_view what,
                   const NetlinkSocket::OnReply& on_reply = {});

  std::optional<NetlinkSocket> socket_;
  std::optional<int> family_;
};

}  // namespace airtap
