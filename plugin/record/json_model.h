// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How the values of model/ and record/ look in JSON. For record/json.cc only.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "record/record.h"

namespace airtap {

/// Parsers here answer in Result; nlohmann wants exceptions, which json.cc catches.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().line());
  return std::move(*result);
}

inline void to_json(nlohmann::json& j, const IfName& v) { j = v.text(); }
inline void from_json(const nlohmann::json& j, IfName& v) {
  const auto text = j.get<std::string>();
  v = text.empty() ? IfName{} : value_or_throw(IfName::parse(text));
}
inline void to_json(nlohmann::json& j, const MacAddress& v) { j = v.text(); }
inline void from_json(const nlohmann::json& j, MacAddress& v) {
  v = value_or_throw(MacAddress::parse(j.get<std::string>()));
}
inline void to_json(nlohmann::json& j, const IpAddress& v) { j = v.text(); }
inline void from_json(const nlohmann::json& j, IpAddress& v) {
  v = value_or_throw(IpAddress::parse(j.get<std::string>()));
}
inline void to_json(nlohmann::json& j, const Mode& v) { j = to_text(v); }
inline void from_json(const nlohmann::json& j, Mode& v) {
  v = value_or_throw(parse_mode(j.get<std::string>()));
}

NLOHMANN_JSON_SERIALIZE_ENUM(Attachment, {{Attachment::air, "air"},
                                          {Attachment::bridge_port, "bridge_port"},
                                          {Attachment::bridge_self, "bridge_self"},
                                          {Attachment::tap, "tap"},
                                          {Attachment::ipvtap, "ipvtap"},
                                          {Attachment::ipvlan, "ipvlan"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Feature, {{Feature::four_addr, "4addr"},
                                       {Feature::datapath, "datapath"},
                                       {Feature::bridge, "bridge"},
                                       {Feature::ipvlan, "ipvlan"},
                                       {Feature::batman, "batman"}})
NLOHMANN_JSON_SERIALIZE_ENUM(GuestPhase, {{GuestPhase::attaching, "attaching"},
                                          {GuestPhase::attached, "attached"}})
NLOHMANN_JSON_SERIALIZE_ENUM(RecordOf, {{RecordOf::domain, "domain"},
                                        {RecordOf::network, "network"},
                                        {RecordOf::device, "device"}})

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SetFourAddr, uplink)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ProveGateway, uplink, gateway, timeout_ms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SetPromiscuous, uplink)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LoadDatapath, uplink)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AttachPrograms, uplink, device, attachment)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateBridge, name, mtu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateBatman, name)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateVeth, outer, inner, mtu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateTap, name, queues, mtu, owner_uid)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateIpvtap, name, lower, mtu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateIpvlan, name, uplink, mtu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateStation, name, uplink, mac)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CreateMacvtap, name, lower, mtu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JoinNetwork, station, uplink, credentials)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JoinBridge, port, bridge)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SetUp, device)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RegisterGuest, uplink, id, mac, port, port_is_ipvtap, translate,
                                   isolate, allow_server, address_quota)

/// The name under "do" that tells the actions apart, in the order of the variant.
inline constexpr std::array action_names{
    "set_four_addr", "prove_gateway",  "set_promiscuous", "load_datapath", "attach_programs",
    "create_bridge", "create_batman",  "create_veth",     "create_tap",    "create_ipvtap",
    "create_ipvlan", "create_station", "create_macvtap",  "join_network",  "join_bridge",
    "set_up",        "register_guest"};
static_assert(action_names.size() == std::variant_size_v<Action>);

template <std::size_t index = 0>
Action action_from(std::string_view name, const nlohmann::json& j) {
  if constexpr (index < std::variant_size_v<Action>) {
    if (name == action_names[index]) return j.get<std::variant_alternative_t<index, Action>>();
    return action_from<index + 1>(name, j);
  } else {
    throw std::runtime_error("unknown action '" + std::string(name) + "'");
  }
}

inline nlohmann::json json_of(const Action& action) {
  nlohmann::json j = std::visit([](const auto& a) { return nlohmann::json(a); }, action);
  j["do"] = action_names[action.index()];
  return j;
}

inline nlohmann::json json_of(const Actions& actions) {
  nlohmann::json list = nlohmann::json::array();
  for (const Action& action : actions) list.push_back(json_of(action));
  return list;
}

inline Actions actions_from(const nlohmann::json& list) {
  Actions actions;
  for (const nlohmann::json& j : list)
    actions.push_back(action_from<>(j.at("do").get<std::string>(), j));
  return actions;
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ProcessId, pid, start)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FeatureUse, uplink, feature)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlannedNic, label, mac, target, mode, uplink, id, reason)

inline void to_json(nlohmann::json& j, const GuestRecord& v) {
  j = {{"name", v.name},   {"uuid", v.uuid},       {"part", v.part},         {"of", v.of},
       {"phase", v.phase}, {"starter", v.starter}, {"emulator", v.emulator}, {"watcher", v.watcher},
       {"nics", v.nics},   {"uses", v.uses}};
}
inline void from_json(const nlohmann::json& j, GuestRecord& v) {
  j.at("name").get_to(v.name);
  j.at("uuid").get_to(v.uuid);
  j.at("phase").get_to(v.phase);
  j.at("starter").get_to(v.starter);
  j.at("emulator").get_to(v.emulator);
  if (j.contains("watcher")) j.at("watcher").get_to(v.watcher);
  j.at("nics").get_to(v.nics);
  j.at("uses").get_to(v.uses);
  // Of version 1; later they follow.
  v.actions = j.contains("actions") ? RecordedActions(actions_from(j.at("actions")))
                                    : RecordedActions::from_json_text({});
  v.part = j.value("part", v.part);
  v.of = j.value("of", v.of);
}
inline void to_json(nlohmann::json& j, const FeatureRecord& v) {
  j = {{"feature", v.feature}, {"complete", v.complete}, {"actions", json_of(v.actions)}};
}
inline void from_json(const nlohmann::json& j, FeatureRecord& v) {
  j.at("feature").get_to(v.feature);
  j.at("complete").get_to(v.complete);
  v.actions = actions_from(j.at("actions"));
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UplinkRecord, uplink, features)

inline void to_json(nlohmann::json& j, const Plan& v) {
  nlohmann::json shared = nlohmann::json::array();
  for (const SharedPart& part : v.shared)
    shared.push_back({{"use", part.use}, {"actions", json_of(part.actions)}});
  j = {{"nics", v.nics}, {"uses", v.uses}, {"shared", shared}, {"own", json_of(v.own)}};
}

}  // namespace airtap
