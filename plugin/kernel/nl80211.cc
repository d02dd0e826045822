// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/nl80211.h"

#include <linux/genetlink.h>
#include <linux/nl80211.h>
#include <net/if.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "kernel/amt.h"
#include "kernel/interface_combinations.h"
#include "kernel/supplicant.h"

namespace airtap {

namespace {

WirelessType type_of(std::uint32_t iftype) {
  switch (iftype) {
    case NL80211_IFTYPE_STATION:
      return WirelessType::station;
    case NL80211_IFTYPE_AP:
      return WirelessType::access_point;
    case NL80211_IFTYPE_MESH_POINT:
      return WirelessType::mesh_point;
    case NL80211_IFTYPE_ADHOC:
      return WirelessType::ad_hoc;
    case NL80211_IFTYPE_P2P_CLIENT:
      return WirelessType::p2p_client;
    default:
      return WirelessType::other;
  }
}

NetlinkMessage command(int family, std::uint8_t number, int ifindex, int flags = 0) {
  NetlinkMessage message(family, NLM_F_REQUEST | flags);
  genlmsghdr header{};
  header.cmd = number;
  message.header(header).number<std::int32_t>(NL80211_ATTR_IFINDEX, ifindex);
  return message;
}

std::span<const std::byte> attributes_of(nlmsghdr* message) {
  if (nlmsg_valid_hdr(message, GENL_HDRLEN) == 0) return {};
  return {reinterpret_cast<const std::byte*>(nlmsg_attrdata(message, GENL_HDRLEN)),
          static_cast<std::size_t>(nlmsg_attrlen(message, GENL_HDRLEN))};
}

/// What a person calls the device, as far as it still exists.
std::string device(int ifindex) {
  char name[IF_NAMESIZE];
  return if_indextoname(static_cast<unsigned>(ifindex), name) != nullptr
             ? std::string(name)
             : "device " + std::to_string(ifindex);
}

}  // namespace

std::optional<WirelessFacts> parse_interface(std::span<const std::byte> attributes) {
  // libnl reads attributes in place, as aligned words.
  std::vector<std::byte> aligned(attributes.begin(), attributes.end());
  std::array<nlattr*, NL80211_ATTR_MAX + 1> found{};
  std::array<nla_policy, NL80211_ATTR_MAX + 1> policy{};
  policy[NL80211_ATTR_IFTYPE].type = NLA_U32;
  policy[NL80211_ATTR_4ADDR].type = NLA_U8;
  if (nla_parse(found.data(), NL80211_ATTR_MAX, reinterpret_cast<nlattr*>(aligned.data()),
                static_cast<int>(aligned.size()), policy.data()) < 0 ||
      found[NL80211_ATTR_IFTYPE] == nullptr)
    return std::nullopt;
  WirelessFacts facts;
  facts.type = type_of(nla_get_u32(found[NL80211_ATTR_IFTYPE]));
  facts.four_addr =
      found[NL80211_ATTR_4ADDR] != nullptr && nla_get_u8(found[NL80211_ATTR_4ADDR]) != 0;
  return facts;
}

std::optional<bool> parse_mesh_forwarding(std::span<const std::byte> attributes) {
  std::vector<std::byte> aligned(attributes.begin(), attributes.end());
  auto* first = reinterpret_cast<nlattr*>(aligned.data());
  const nlattr* config =
      nla_find(first, static_cast<int>(aligned.size()), NL80211_ATTR_MESH_CONFIG);
  if (config == nullptr) return std::nullopt;
  const nlattr* forwarding = nla_find(static_cast<nlattr*>(nla_data(config)), nla_len(config),
                                      NL80211_MESHCONF_FORWARDING);
  if (forwarding == nullptr || nla_len(forwarding) < 1) return std::nullopt;
  return nla_get_u8(forwarding) != 0;
}

std::optional<Association> parse_association(std::span<const std::byte> attributes) {
  std::vector<std::byte> aligned(attributes.begin(), attributes.end());
  nlattr* bss = nla_find(reinterpret_cast<nlattr*>(aligned.data()),
                         static_cast<int>(aligned.size()), NL80211_ATTR_BSS);
  std::array<nlattr*, NL80211_BSS_MAX + 1> found{};
  std::array<nla_policy, NL80211_BSS_MAX + 1> policy{};
  policy[NL80211_BSS_STATUS].type = NLA_U32;
  policy[NL80211_BSS_FREQUENCY].type = NLA_U32;
  if (bss == nullptr || nla_parse_nested(found.data(), NL80211_BSS_MAX, bss, policy.data()) < 0 ||
      found[NL80211_BSS_STATUS] == nullptr || found[NL80211_BSS_FREQUENCY] == nullptr ||
      nla_get_u32(found[NL80211_BSS_STATUS]) != NL80211_BSS_STATUS_ASSOCIATED)
    return std::nullopt;
  Association association{.ssid = {}, .frequency = nla_get_u32(found[NL80211_BSS_FREQUENCY])};
  // Elements of the probe response, or of the beacon: id, length, bytes (IEEE 802.11, 9.4.2.1).
  for (const int part : {NL80211_BSS_INFORMATION_ELEMENTS, NL80211_BSS_BEACON_IES}) {
    if (found[static_cast<std::size_t>(part)] == nullptr || !association.ssid.empty()) continue;
    std::string_view rest(static_cast<const char*>(nla_data(found[static_cast<std::size_t>(part)])),
                          static_cast<std::size_t>(nla_len(found[static_cast<std::size_t>(part)])));
    while (rest.size() >= 2) {
      const auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest[1]));
      if (rest.size() < 2 + length) break;
      if (rest[0] == 0) {
        association.ssid = rest.substr(2, length);
        break;
      }
      rest.remove_prefix(2 + length);
    }
  }
  return association;
}

Result<int> Nl80211::family() {
  if (family_) return *family_;
  if (!socket_) {
    AIRTAP_TRY(socket_, NetlinkSocket::open(NETLINK_GENERIC));
  }
  NetlinkMessage message(GENL_ID_CTRL, NLM_F_REQUEST);
  genlmsghdr header{};
  header.cmd = CTRL_CMD_GETFAMILY;
  header.version = 1;
  message.header(header).text(CTRL_ATTR_FAMILY_NAME, NL80211_GENL_NAME);
  AIRTAP_CHECK(socket_->request(message, "find nl80211", [this](nlmsghdr* reply) {
    if (nlmsg_valid_hdr(reply, GENL_HDRLEN) == 0) return;
    const nlattr* id = nlmsg_find_attr(reply, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
    if (id != nullptr && nla_len(id) >= 2) family_ = nla_get_u16(id);
  }));
  if (!family_) return fail_errno("find nl80211", ENOENT);
  return *family_;
}

Result<> Nl80211::request(const NetlinkMessage& message, std::string_view what,
                          const NetlinkSocket::OnReply& on_reply) {
  auto result = socket_->request(message, what, on_reply);
  // The family went away (cfg80211 unloaded); it has another number when it comes back.
  if (!result && result.error().code() == ENOENT) family_.reset();
  return result;
}

Result<std::optional<WirelessFacts>> Nl80211::info(int ifindex) {
  const auto number = family();
  if (!number && number.error().code() == ENOENT) return std::nullopt;
  if (!number) return fail(number.error());

  std::optional<WirelessFacts> facts;
  const auto result =
      request(command(*number, NL80211_CMD_GET_INTERFACE, ifindex),
              "read wireless state of " + device(ifindex),
              [&facts](nlmsghdr* reply) { facts = parse_interface(attributes_of(reply)); });
  // ENODEV is the answer for a netdev without a radio, too.
  if (!result && result.error().code() != ENODEV && result.error().code() != ENOENT)
    return fail(result.error());
  if (!facts) return facts;
  facts->shared_with_amt = shared_with_amt(device(ifindex));
  if (facts->type == WirelessType::mesh_point) {
    AIRTAP_TRY(facts->mesh_forwarding, mesh_forwarding(*number, ifindex));
  }
  return facts;
}

Result<bool> Nl80211::mesh_forwarding(int family, int ifindex) {
  std::optional<bool> forwarding;
  const auto asked = request(
      command(family, NL80211_CMD_GET_MESH_CONFIG, ifindex),
      "read mesh configuration of " + device(ifindex),
      [&forwarding](nlmsghdr* reply) { forwarding = parse_mesh_forwarding(attributes_of(reply)); });
  if (!asked && asked.error().code() != ENETDOWN && asked.error().code() != ENODEV &&
      asked.error().code() != EOPNOTSUPP)
    return fail(asked.error());
  return forwarding.value_or(true);
}

Result<> Nl80211::set_four_addr(int ifindex, bool on) {
  const std::string what =
      std::string("turn 4-address frames ") + (on ? "on" : "off") + " on " + device(ifindex);
  const auto number = family();
  if (!number) return fail(number.error().within(what));
  NetlinkMessage message = command(*number, NL80211_CMD_SET_INTERFACE, ifindex);
  message.number<std::uint8_t>(NL80211_ATTR_4ADDR, on ? 1 : 0);
  const auto result = request(message, what);
  if (result) return {};
  switch (result.error().code()) {
    case EOPNOTSUPP:
      return fail(result.error().with_hint(
          "driver or interface type does not do 4-address frames: try mode macnat"));
    case EBUSY:
      return fail(result.error().with_hint("take the device out of its bridge first"));
    default:
      return fail(result.error());
  }
}

Result<bool> Nl80211::can_four_addr(int ifindex) {
  const std::string what = "probe 4-address frames on " + device(ifindex);
  const auto number = family();
  if (!number) return fail(number.error().within(what));
  NetlinkMessage message = command(*number, NL80211_CMD_SET_INTERFACE, ifindex);
  message.number<std::uint8_t>(NL80211_ATTR_4ADDR, 1)
      .nest(NL80211_ATTR_MNTR_FLAGS, [](NetlinkMessage&) {});
  const auto result = request(message, what);
  if (result) return true;
  if (result.error().code() == EINVAL) return true;
  if (result.error().code() == EOPNOTSUPP) return false;
  return fail(result.error());
}

Result<std::vector<InterfaceCombination>> Nl80211::combinations(int ifindex) {
  const std::string what = "read interface combinations of " + device(ifindex);
  const auto number = family();
  if (!number) return fail(number.error().within(what));
  // In parts: what a radio of today can do does not fit into one message.
  NetlinkMessage message = command(*number, NL80211_CMD_GET_WIPHY, ifindex, NLM_F_DUMP);
  message.bytes(NL80211_ATTR_SPLIT_WIPHY_DUMP, nullptr, 0);
  AIRTAP_TRY(const auto parts,
             socket_->dump(message, what,
                           [](nlmsghdr* reply) -> std::optional<std::vector<InterfaceCombination>> {
                             if (reply == nullptr) return std::nullopt;
                             return parse_combinations(attributes_of(reply));
                           }));
  std::vector<InterfaceCombination> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Result<std::optional<Association>> Nl80211::association(int ifindex) {
  const std::string what = "read the network of " + device(ifindex);
  const auto number = family();
  if (!number) return fail(number.error().within(what));
  // Not NL80211_ATTR_SSID of the interface: kernels leave it out where the supplicant associates.
  AIRTAP_TRY(const auto found,
             socket_->dump(command(*number, NL80211_CMD_GET_SCAN, ifindex, NLM_F_DUMP), what,
                           [](nlmsghdr* reply) -> std::optional<Association> {
                             if (reply == nullptr) return std::nullopt;
                             return parse_association(attributes_of(reply));
                           }));
  if (found.empty()) return std::nullopt;
  return found.front();
}

Result<> Nl80211::create_station(int uplink, const IfName& name, const MacAddress& mac) {
  const std::string what = "create station " + name.text() + " on the radio of " + device(uplink);
  const auto number = family();
  if (!number) return fail(number.error().within(what));
  NetlinkMessage message = command(*number, NL80211_CMD_NEW_INTERFACE, uplink);
  message.text(NL80211_ATTR_IFNAME, name.text())
      .number<std::uint32_t>(NL80211_ATTR_IFTYPE, NL80211_IFTYPE_STATION)
      .bytes(NL80211_ATTR_MAC, mac.bytes.data(), mac.bytes.size());
  const auto result = request(message, what);
  if (result) return {};
  switch (const int code = result.error().code()) {
    case ENFILE:  // dev_alloc_name(), before 6.8
    case EEXIST:
      return fail_errno(what, EEXIST, "a device of this name exists; choose another <target dev>");
    case EOPNOTSUPP:
      return fail_errno(what, code, "its driver makes no further stations: try mode macnat");
    default:
      return fail(result.error());
  }
}

Result<> Nl80211::remove_station(int ifindex) {
  const std::string what = "remove station " + device(ifindex);
  const auto number = family();
  if (!number) return fail(number.error().within(what));
  return request(command(*number, NL80211_CMD_DEL_INTERFACE, ifindex), what);
}

Result<> Nl80211::reassociate(const IfName& station) {
  return ask_supplicant("/run/wpa_supplicant/" + station.text(), "REASSOCIATE");
}

}  // namespace airtap
