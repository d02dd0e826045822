// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/bpf_datapath_guests.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "datapath/shared.h"
#include "kernel/bpf_datapath_maps.h"
#include "kernel/bpf_datapath_state.h"

namespace airtap {
namespace {

using Id = std::uint32_t;
using SettingsMap = BpfMap<std::uint32_t, airtap_settings>;
using GuestsMap = BpfMap<Id, airtap_guest>;
using IdOfDevice = BpfMap<std::uint32_t, Id>;
using IdOfMac = BpfMap<airtap_mac_key, Id>;
using ReservedMap = BpfMap<airtap_mac_key, std::uint32_t>;
using AddressesMap = BpfMap<airtap_address_key, airtap_address>;
using RingsMap = BpfMap<Id, airtap_ring>;

airtap_mac_key to_key(const std::uint8_t* mac) {
  airtap_mac_key key{};
  std::memcpy(key.mac, mac, sizeof(key.mac));
  return key;
}

airtap_address_key to_key(const IpAddress& address) {
  airtap_address_key key{};
  std::ranges::copy(address.bytes, key.ip);
  return key;
}

IpAddress to_address(const airtap_address_key& key) {
  IpAddress address;
  std::ranges::copy(key.ip, address.bytes.begin());
  return address;
}

// Counted, not kept by adding and subtracting: a crash between two writes must not leave a wrong
// number behind.
Result<> write_counts(const BpfPins& pins, const IfName& uplink,
                      airtap_settings* changed = nullptr) {
  AIRTAP_TRY(const auto settings, SettingsMap::open(pins, uplink, "settings"));
  AIRTAP_TRY(const auto macs, IdOfMac::open(pins, uplink, "macs"));
  AIRTAP_TRY(const auto ports, IdOfDevice::open(pins, uplink, "ports"));
  AIRTAP_TRY(const auto ipvtaps, IdOfDevice::open(pins, uplink, "ipvtaps"));
  AIRTAP_TRY(const auto all_macs, macs.all());
  AIRTAP_TRY(const auto all_ports, ports.all());
  AIRTAP_TRY(const auto all_ipvtaps, ipvtaps.all());
  AIRTAP_TRY(const auto now, settings.find(0));
  airtap_settings value = changed ? *changed : now.value_or(airtap_settings{});
  // One without a MAC has a port, one without a port has a MAC.
  std::set<Id> ids, with_port;
  for (const auto& [port, id] : all_ports) with_port.insert(id);
  ids = with_port;
  for (const auto& [mac, id] : all_macs) ids.insert(id);
  value.guest_count = static_cast<std::uint32_t>(ids.size());
  value.has_portless = ids.size() > with_port.size() ? 1 : 0;
  value.ipvtap_count = static_cast<std::uint32_t>(all_ipvtaps.size());
  return settings.put(0, value);
}

using Owners = std::map<IpAddress, std::uint32_t>;

// The host's own wins where an address is in two lists.
Owners wanted_owners(const DatapathSettings& settings) {
  Owners owners;
  for (const auto& address : settings.host) owners.emplace(address, AIRTAP_OWNER_HOST);
  for (const auto& address : settings.gateways) owners.emplace(address, AIRTAP_OWNER_GATEWAY);
  for (const auto& address : settings.broadcasts) owners.emplace(address, AIRTAP_OWNER_BROADCAST);
  return owners;
}

Result<> write_owners(const AddressesMap& addresses, Owners wanted) {
  AIRTAP_TRY(const auto present, addresses.all());
  for (const auto& [key, value] : present) {
    if (value.owner < AIRTAP_OWNER_BROADCAST) continue;  // a guest's
    const auto match = wanted.find(to_address(key));
    if (match == wanted.end()) {
      AIRTAP_CHECK(addresses.erase(key));
    } else if (match->second == value.owner) {
      wanted.erase(match);
    }
  }
  // over a guest that holds it, too: the host wins
  for (const auto& [address, owner] : wanted) {
    AIRTAP_CHECK(addresses.put(to_key(address), {owner, 0, 0}));
  }
  return {};
}

Result<> check_guest(const DatapathGuest& guest, const IdOfMac& macs) {
  if (guest.id == 0 || guest.id >= AIRTAP_MAX_GUESTS) {
    return fail("guest id " + std::to_string(guest.id) + " is out of range", {}, ERANGE);
  }
  if (guest.address_quota == 0 || guest.address_quota > AIRTAP_MAX_QUOTA) {
    return fail("a guest can hold 1 to " + std::to_string(AIRTAP_MAX_QUOTA) + " addresses, not " +
                    std::to_string(guest.address_quota),
                {}, ERANGE);
  }
  if (guest.mac.is_zero() && guest.port_ifindex == 0) {
    return fail("a guest without a MAC needs a port", {}, EINVAL);
  }
  if (guest.mac.is_group()) {
    return fail(guest.mac.text() + " cannot be a guest's MAC", {}, EINVAL);
  }
  AIRTAP_TRY(const auto holder, macs.find(to_key(guest.mac.bytes.data())));
  if (holder && *holder != guest.id) {
    return fail("MAC " + guest.mac.text() + " is already guest " + std::to_string(*holder) + "'s",
                {}, EEXIST);
  }
  return {};
}

airtap_guest to_value(const DatapathGuest& guest) {
  airtap_guest value{};
  std::ranges::copy(guest.mac.bytes, value.mac);
  unsigned flags = 0;
  if (guest.translate) flags |= AIRTAP_GUEST_TRANSLATE;
  if (guest.isolate) flags |= AIRTAP_GUEST_ISOLATE;
  if (guest.port_is_ipvtap) flags |= AIRTAP_GUEST_IPVTAP;
  if (guest.allow_server) flags |= AIRTAP_GUEST_SERVER;
  if (guest.mac.is_zero()) flags |= AIRTAP_GUEST_BIND;
  value.flags = static_cast<std::uint16_t>(flags);
  value.port_ifindex = static_cast<std::uint32_t>(guest.port_ifindex);
  value.quota = guest.address_quota;
  return value;
}

/// A program may bind a MAC to the guest while it is being forgotten: what it wrote last is found
/// here, or when the id is given out again.
Result<> forget_macs(const IdOfMac& macs, Id id) {
  AIRTAP_TRY(const auto all, macs.all());
  for (const auto& [mac, holder] : all) {
    if (holder == id) AIRTAP_CHECK(macs.erase(mac));
  }
  return {};
}

Result<> forget_addresses(const BpfPins& pins, const IfName& uplink, Id id) {
  AIRTAP_TRY(const auto addresses, AddressesMap::open(pins, uplink, "addresses"));
  AIRTAP_TRY(const auto rings, RingsMap::open(pins, uplink, "rings"));
  AIRTAP_TRY(const auto ring, rings.find(id));
  if (!ring) return {};
  for (const auto& key : ring->slot) {
    if (to_address(key).is_zero()) continue;
    AIRTAP_TRY(const auto address, addresses.find(key));
    if (address && address->owner == id) AIRTAP_CHECK(addresses.erase(key));
  }
  return rings.put(id, airtap_ring{});
}

}  // namespace

Result<> write_settings(const BpfPins& pins, const IfName& uplink,
                        const DatapathSettings& settings) {
  AIRTAP_TRY(const auto addresses, AddressesMap::open(pins, uplink, "addresses"));
  AIRTAP_CHECK(write_owners(addresses, wanted_owners(settings)));
  airtap_settings value{};
  value.uplink_ifindex = static_cast<std::uint32_t>(settings.uplink_ifindex);
  value.bridge_port_ifindex = static_cast<std::uint32_t>(settings.bridge_port_ifindex);
  value.bridge_takes_tags = settings.bridge_takes_tags ? 1 : 0;
  const auto& mac = settings.station_mac.bytes;
  std::ranges::copy(mac, value.station_mac);
  return write_counts(pins, uplink, &value);
}

Result<DatapathSettings> read_settings(const BpfPins& pins, const IfName& uplink) {
  AIRTAP_TRY(const auto map, SettingsMap::open(pins, uplink, "settings"));
  AIRTAP_TRY(const auto addresses, AddressesMap::open(pins, uplink, "addresses"));
  AIRTAP_TRY(const auto value, map.find(0));
  AIRTAP_TRY(const auto all, addresses.all());
  DatapathSettings settings;
  settings.uplink_ifindex = static_cast<int>(value->uplink_ifindex);
  settings.bridge_port_ifindex = static_cast<int>(value->bridge_port_ifindex);
  settings.bridge_takes_tags = value->bridge_takes_tags != 0;
  std::copy(std::begin(value->station_mac), std::end(value->station_mac),
            settings.station_mac.bytes.begin());
  for (const auto& [key, address] : all) {
    if (address.owner == AIRTAP_OWNER_HOST) settings.host.push_back(to_address(key));
    if (address.owner == AIRTAP_OWNER_GATEWAY) settings.gateways.push_back(to_address(key));
    if (address.owner == AIRTAP_OWNER_BROADCAST) settings.broadcasts.push_back(to_address(key));
  }
  for (auto* list : {&settings.host, &settings.gateways, &settings.broadcasts})
    std::ranges::sort(*list);
  return settings;
}

Result<> write_reserved(const BpfPins& pins, const IfName& uplink,
                        const std::vector<MacAddress>& macs) {
  AIRTAP_TRY(const auto reserved, ReservedMap::open(pins, uplink, "reserved"));
  const std::set<MacAddress> wanted(macs.begin(), macs.end());
  AIRTAP_TRY(const auto present, reserved.all());
  // New ones first: at no moment is one missing that was there and stays.
  for (const MacAddress& mac : wanted) AIRTAP_CHECK(reserved.put(to_key(mac.bytes.data()), 1));
  for (const auto& [key, value] : present) {
    MacAddress mac;
    std::ranges::copy(key.mac, mac.bytes.begin());
    if (!wanted.contains(mac)) AIRTAP_CHECK(reserved.erase(key));
  }
  return {};
}

Result<bool> is_written(const BpfPins& pins, const IfName& uplink, const DatapathGuest& guest) {
  AIRTAP_TRY(const auto guests, GuestsMap::open(pins, uplink, "guests"));
  AIRTAP_TRY(const auto macs, IdOfMac::open(pins, uplink, "macs"));
  AIRTAP_TRY(const auto present, guests.find(guest.id));
  AIRTAP_TRY(const auto ports, IdOfDevice::open(pins, uplink, "ports"));
  // What leads to the guest is written last: with it, all of the guest is there.
  const bool bound_later = guest.mac.is_zero();
  AIRTAP_TRY(const auto holder, bound_later
                                    ? ports.find(static_cast<std::uint32_t>(guest.port_ifindex))
                                    : macs.find(to_key(guest.mac.bytes.data())));
  if (!present || holder != guest.id) return false;
  const airtap_guest wanted = to_value(guest);
  return (bound_later || std::memcmp(present->mac, wanted.mac, sizeof(wanted.mac)) == 0) &&
         present->flags == wanted.flags && present->port_ifindex == wanted.port_ifindex &&
         present->quota == wanted.quota;
}

Result<> write_guest(const BpfPins& pins, const IfName& uplink, const DatapathGuest& guest) {
  AIRTAP_TRY(const auto macs, IdOfMac::open(pins, uplink, "macs"));
  AIRTAP_CHECK(check_guest(guest, macs));
  AIRTAP_TRY(const auto guests, GuestsMap::open(pins, uplink, "guests"));
  AIRTAP_TRY(const auto ports, IdOfDevice::open(pins, uplink, "ports"));
  AIRTAP_TRY(const auto ipvtaps, IdOfDevice::open(pins, uplink, "ipvtaps"));
  AIRTAP_CHECK(reset_counters(pins, uplink, guest.id));
  if (guest.mac.is_zero()) AIRTAP_CHECK(forget_macs(macs, guest.id));
  AIRTAP_CHECK(guests.put(guest.id, to_value(guest)));
  // What leads to the guest comes after the guest itself.
  const auto port = static_cast<std::uint32_t>(guest.port_ifindex);
  if (port != 0 && guest.port_is_ipvtap) AIRTAP_CHECK(ipvtaps.put(port, guest.id));
  if (port != 0) AIRTAP_CHECK(ports.put(port, guest.id));
  if (!guest.mac.is_zero()) AIRTAP_CHECK(macs.put(to_key(guest.mac.bytes.data()), guest.id));
  return write_counts(pins, uplink);
}

Result<ForgottenGuest> erase_guest(const BpfPins& pins, const IfName& uplink, unsigned id) {
  ForgottenGuest forgotten;
  if (id == 0 || id >= AIRTAP_MAX_GUESTS) return forgotten;
  AIRTAP_TRY(const auto guests, GuestsMap::open(pins, uplink, "guests"));
  AIRTAP_TRY(const auto guest, guests.find(id));
  if (!guest || guest->quota == 0) return forgotten;  // an empty place
  AIRTAP_TRY(const auto macs, IdOfMac::open(pins, uplink, "macs"));
  AIRTAP_TRY(const auto ports, IdOfDevice::open(pins, uplink, "ports"));
  AIRTAP_TRY(const auto ipvtaps, IdOfDevice::open(pins, uplink, "ipvtaps"));
  // The port may be another guest's by now: an ifindex of a deleted device is given out again.
  AIRTAP_TRY(const auto port_owner, ports.find(guest->port_ifindex));
  if (port_owner == id) {
    if ((guest->flags & AIRTAP_GUEST_ISOLATE) && !(guest->flags & AIRTAP_GUEST_IPVTAP)) {
      forgotten.isolated_port = static_cast<int>(guest->port_ifindex);
    }
    AIRTAP_CHECK(ports.erase(guest->port_ifindex));
    AIRTAP_CHECK(ipvtaps.erase(guest->port_ifindex));
  }
  AIRTAP_TRY(const auto mac_owner, macs.find(to_key(guest->mac)));
  if (mac_owner == id) AIRTAP_CHECK(macs.erase(to_key(guest->mac)));
  if (guest->flags & AIRTAP_GUEST_BIND) AIRTAP_CHECK(forget_macs(macs, id));
  AIRTAP_CHECK(forget_addresses(pins, uplink, id));
  AIRTAP_CHECK(guests.put(id, airtap_guest{}));  // last: until then a repetition finds the way
  AIRTAP_CHECK(write_counts(pins, uplink));
  return forgotten;
}

}  // namespace airtap
