// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/domain_xml.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/document.h"
#include "domain/interface.h"
#include "domain/metadata.h"
#include "domain/prefilter.h"
#include "domain/xml_node.h"

namespace airtap {

namespace {

using domain_xml::Interface;
using domain_xml::NicWish;
using domain_xml::XmlNode;
using domain_xml::XmlReader;

/// The parts of the document that matter. Metadata and devices come in either order, so they are
/// joined when both are there.
struct Parts {
  std::string name;
  std::string uuid;
  bool has_guest_element = false;
  /// <domain type='lxc'>
  bool is_container = false;
  std::vector<NicWish> wishes;
  std::vector<Interface> interfaces;
};

Result<> read_guest_element(const XmlNode& element, Parts& parts) {
  if (!element.name_space().starts_with(domain_xml::any_version)) return {};
  if (parts.has_guest_element)
    return fail("metadata: two guest elements", "libvirt keeps one only: put all nics into it");
  parts.has_guest_element = true;
  AIRTAP_TRY(parts.wishes, domain_xml::parse_guest_element(element));
  return {};
}

/// `section` is the name of the child of <domain> that the reader is in.
Result<> read_element(XmlReader& reader, std::string& section, Parts& parts) {
  const int depth = reader.depth();
  if (depth == 1) {
    const XmlNode tag = reader.start_tag();
    section = tag.name_space().empty() ? tag.name() : "";
    std::string* wanted = section == "name"   ? &parts.name
                          : section == "uuid" ? &parts.uuid
                                              : nullptr;
    if (wanted == nullptr || !wanted->empty()) return {};
    AIRTAP_TRY(const XmlNode element, reader.element());
    *wanted = element.text();
  } else if (depth == 2 && section == "metadata") {
    AIRTAP_TRY(const XmlNode element, reader.element());
    AIRTAP_CHECK(read_guest_element(element, parts));
  } else if (depth == 2 && section == "devices") {
    AIRTAP_TRY(const XmlNode element, reader.element());
    if (element.is_plain("interface")) parts.interfaces.push_back(read_interface(element));
    if (element.is_plain("hostdev"))
      if (auto device = domain_xml::read_hostdev(element))
        parts.interfaces.push_back(std::move(*device));
  }
  return {};
}

Result<Parts> read_parts(std::string_view xml) {
  AIRTAP_TRY(XmlReader reader, XmlReader::open(xml, "domain XML"));
  Parts parts;
  std::string section;
  for (;;) {
    AIRTAP_TRY(const bool more, reader.next_element());
    if (!more) return parts;
    if (reader.depth() > 0) {
      AIRTAP_CHECK(read_element(reader, section, parts));
      continue;
    }
    const XmlNode root = reader.start_tag();
    if (!root.is_plain("domain"))
      return fail(fmt::format("domain XML: the root element is <{}>", root.name()),
                  "it must be <domain>");
    parts.is_container = root.attribute("type") == "lxc";
  }
}

bool is_meant(const NicWish& wish, const Interface& interface) {
  if (!wish.target.empty()) return interface.target == wish.target;
  if (!wish.mac) return interface.alias == wish.alias;
  if (!interface.mac) return false;
  const auto mac = MacAddress::parse(*interface.mac);
  return mac && *mac == *wish.mac;
}

std::string how_to_match(const NicWish& wish) {
  if (!wish.target.empty()) return "correct its target or remove the nic element";
  return wish.mac ? fmt::format("correct mac='{}' or remove the nic element", wish.label())
                  : fmt::format("add <alias name='{}'/> to the interface or remove the nic element",
                                wish.label());
}

/// For each interface the wish that names it, or null.
Result<std::vector<const NicWish*>> join(const Parts& parts) {
  std::vector<const NicWish*> joined(parts.interfaces.size(), nullptr);
  for (const NicWish& wish : parts.wishes) {
    bool found = false;
    for (std::size_t i = 0; i < joined.size(); ++i) {
      if (!is_meant(wish, parts.interfaces[i])) continue;
      if (found)
        return fail(Error("two interfaces of the domain answer to it",
                          "give each an <alias name='ua-…'/> of its own")
                        .within(wish.label()));
      if (joined[i] != nullptr)
        return fail(Error(fmt::format("the metadata names its interface a second time, as {}",
                                      joined[i]->label()),
                          "keep one nic element")
                        .within(wish.label()));
      found = true;
      joined[i] = &wish;
    }
    if (!found)
      return fail(Error("the metadata names it, but no interface of the domain is called so",
                        how_to_match(wish))
                      .within(wish.label()));
  }
  return joined;
}

void grant(const NicWish& wish, GuestNic& nic) {
  nic.mode = wish.mode;
  nic.uplink = wish.uplink;
  nic.addresses = wish.addresses;
  nic.isolate = wish.isolate;
  nic.allow_server = wish.allow_server;
}

Result<> check_identity(const Domain& domain) {
  if (domain.nics.empty() && domain.ports.empty()) return {};
  if (domain.name.empty()) return fail("domain XML: it has no <name>", "libvirt always writes one");
  if (!is_uuid(domain.uuid))
    return fail(domain.uuid.empty() ? "domain XML: it has no <uuid>"
                                    : fmt::format("domain XML: '{}' is not a UUID", domain.uuid),
                "libvirt always writes one: take the XML from virsh dumpxml");
  return {};
}

Result<Domain> parse(std::string_view xml, const std::vector<std::string>& claim) {
  AIRTAP_CHECK(domain_xml::check_document(xml, "domain XML", "<domain"));
  AIRTAP_TRY(Parts parts, read_parts(xml));
  AIRTAP_TRY(const auto joined, join(parts));
  Domain domain{.name = std::move(parts.name), .uuid = std::move(parts.uuid)};
  for (std::size_t i = 0; i < joined.size(); ++i) {
    const Interface& interface = parts.interfaces[i];
    if (auto port = to_port_tap(interface)) domain.ports.push_back(std::move(*port));
    if (joined[i] == nullptr && !is_claimed(interface, claim) && !is_on_our_bridge(interface))
      continue;
    if (parts.is_container && interface.type == "ethernet" && !interface.managed)
      return fail(Error("managed='no' has no effect in libvirt-LXC, which makes a veth of its own",
                        "remove it")
                      .within(interface.label()));
    AIRTAP_TRY(GuestNic nic, to_guest_nic(interface));
    if (joined[i] != nullptr) grant(*joined[i], nic);
    domain.nics.push_back(std::move(nic));
  }
  AIRTAP_CHECK(check_identity(domain));
  return domain;
}

}  // namespace

Result<Domain> parse_domain(std::string_view xml, const std::vector<std::string>& claim) {
  auto domain = parse(xml, claim);
  if (domain) return domain;
  return fail(domain_xml::tidy(domain.error()));
}

namespace {

/// f(XmlNode) for every <interface>, wherever it is: for documents that only libvirt writes.
template <class F>
Result<> each_interface(std::string_view xml, std::string_view document, std::string_view root,
                        const F& f) {
  AIRTAP_CHECK(domain_xml::check_document(xml, document, root));
  AIRTAP_TRY(XmlReader reader, XmlReader::open(xml, document));
  for (;;) {
    auto more = reader.next_element();
    if (!more) return fail(domain_xml::tidy(more.error()));
    if (!*more) return {};
    if (!reader.start_tag().is_plain("interface")) continue;
    const auto element = reader.element();
    if (!element) return fail(domain_xml::tidy(element.error()));
    f(*element);
  }
}

}  // namespace

Result<std::vector<PortTap>> parse_port_taps(std::string_view status) {
  std::vector<PortTap> taps;
  AIRTAP_CHECK(each_interface(status, "domain status", "<domstatus", [&](const XmlNode& element) {
    if (auto tap = to_port_tap(domain_xml::read_interface(element)))
      taps.push_back(std::move(*tap));
  }));
  return taps;
}

Result<std::vector<InterfaceName>> interfaces_of(std::string_view xml) {
  std::vector<InterfaceName> names;
  AIRTAP_CHECK(each_interface(xml, "domain XML", "<domain", [&](const XmlNode& element) {
    const Interface interface = domain_xml::read_interface(element);
    const auto source = element.child("source");
    names.push_back({interface.type, interface.alias, interface.mac.value_or(""), interface.target,
                     source ? source->attribute("network").value_or("") : ""});
  }));
  return names;
}

}  // namespace airtap
