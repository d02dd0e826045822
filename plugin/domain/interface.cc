// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/interface.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "domain/metadata.h"
#include "domain/prefilter.h"

namespace airtap::domain_xml {

namespace {

constexpr unsigned most_queues = 256;  // MAX_TAP_QUEUES, include/linux/if_tap.h
constexpr unsigned most_mtu = 65535;   // ETH_MAX_MTU

std::optional<std::string> child_attribute(const XmlNode& element, std::string_view child,
                                           const char* attribute) {
  const auto found = element.child(child);
  return found ? found->attribute(attribute) : std::nullopt;
}

std::string hint_for(const Interface& interface) {
  if (interface.type == "network" || !interface.port.empty())
    return "remove its nic element: the network's own metadata has its mode";
  if (interface.type == "bridge")
    return fmt::format("name a bridge that starts with {}, or remove its nic element",
                       bridge_prefix);
  return "use type='ethernet' or remove its nic element";
}

bool names_our_bridge(const Interface& interface) {
  return interface.bridge.starts_with(bridge_prefix);
}

GuestNic container_device(const Interface& interface) {
  GuestNic nic;
  nic.label = interface.target;
  nic.target = interface.target;
  nic.device_is_ours = true;
  nic.moves_away = true;
  return nic;
}

Result<GuestNic> convert(const Interface& interface) {
  if (interface.moves_away) return container_device(interface);
  if (interface.type != "ethernet" && !is_on_our_bridge(interface))
    return fail(fmt::format("only <interface type='ethernet'> can be asked for by metadata, this "
                            "one has type='{}'",
                            interface.type),
                hint_for(interface));
  if (!interface.mac)
    return fail("its interface has no <mac address='…'/>", "give it one: libvirt does by itself");
  GuestNic nic;
  AIRTAP_TRY(nic.mac, MacAddress::parse(*interface.mac));
  nic.label = interface.alias.empty() ? nic.mac.text() : interface.alias;
  nic.target = interface.target;
  nic.device_is_ours = !interface.managed && interface.type == "ethernet";
  nic.bridge = interface.type == "bridge" ? interface.bridge : std::string();
  if (interface.queues) {
    AIRTAP_TRY(nic.queues, parse_number("queues", *interface.queues, 1, most_queues));
  }
  if (interface.mtu) {
    AIRTAP_TRY(nic.mtu, parse_number("mtu size", *interface.mtu, 1, most_mtu));
  }
  nic.has_source_ip = interface.has_source_ip;
  nic.has_bandwidth = interface.has_bandwidth;
  nic.has_filterref = interface.has_filterref;
  nic.port_isolated = interface.port_isolated;
  return nic;
}

}  // namespace

std::string Interface::label() const {
  if (!alias.empty()) return alias;
  if (mac) return *mac;
  return target.empty() ? "an interface" : target;
}

Interface read_interface(const XmlNode& element) {
  Interface interface;
  interface.type = element.attribute("type").value_or("");
  interface.mac = child_attribute(element, "mac", "address");
  interface.alias = child_attribute(element, "alias", "name").value_or("");
  if (!interface.alias.starts_with("ua-")) interface.alias.clear();
  interface.target = child_attribute(element, "target", "dev").value_or("");
  interface.managed = child_attribute(element, "target", "managed") != "no";
  interface.queues = child_attribute(element, "driver", "queues");
  interface.mtu = child_attribute(element, "mtu", "size");
  const auto source = element.child("source");
  if (source) interface.port = source->attribute("portid").value_or("");
  // libvirt's status file keeps what a network has chosen apart from what was asked for.
  const auto actual = element.child("actual");
  interface.bridge = child_attribute(actual.value_or(element), "source", "bridge").value_or("");
  interface.has_source_ip = source && (source->child("ip") || source->child("route"));
  interface.has_bandwidth =
      element.child("bandwidth").has_value() || (actual && actual->child("bandwidth").has_value());
  interface.has_filterref = element.child("filterref").has_value();
  interface.port_isolated = child_attribute(element, "port", "isolated") == "yes";
  return interface;
}

std::optional<Interface> read_hostdev(const XmlNode& element) {
  if (element.attribute("mode") != "capabilities" || element.attribute("type") != "net")
    return std::nullopt;
  const auto source = element.child("source");
  const auto device = source ? source->child("interface") : std::nullopt;
  if (!device) return std::nullopt;
  Interface interface;
  interface.target = device->text();
  interface.moves_away = true;
  return interface;
}

bool is_claimed(const Interface& interface, const std::vector<std::string>& claim) {
  if ((interface.type != "ethernet" && !interface.moves_away) || interface.target.empty())
    return false;
  return std::ranges::any_of(claim, [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), interface.target.c_str(), 0) == 0;
  });
}

bool is_on_our_bridge(const Interface& interface) {
  return interface.type == "bridge" && interface.port.empty() && names_our_bridge(interface);
}

std::optional<PortTap> to_port_tap(const Interface& interface) {
  if (!is_uuid(interface.port) || interface.target.empty() || !names_our_bridge(interface))
    return std::nullopt;
  return PortTap{interface.port, interface.target,
                 interface.has_filterref || interface.has_bandwidth};
}

Result<GuestNic> to_guest_nic(const Interface& interface) {
  auto nic = convert(interface);
  if (!nic) return fail(nic.error().within(interface.label()));
  return nic;
}

}  // namespace airtap::domain_xml
