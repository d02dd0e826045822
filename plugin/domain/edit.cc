// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The only file besides xml_node.cc that includes libxml2: this one writes.
#include "domain/edit.h"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <memory>
#include <sstream>

#include "domain/document.h"
#include "domain/metadata.h"
#include "domain/write_xml.h"
#include "domain/xml_node.h"

namespace airtap {

namespace {

using domain_xml::XmlNode;

template <auto release>
struct With {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Document = std::unique_ptr<xmlDoc, With<xmlFreeDoc>>;
using Buffer = std::unique_ptr<xmlBuffer, With<xmlBufferFree>>;

const xmlChar* xml_chars(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

Result<Document> parse_document(std::string_view xml) {
  AIRTAP_CHECK(domain_xml::check_document(xml, "domain XML", "<domain"));
  Document document(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, "UTF-8",
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (root == nullptr || !XmlNode(const_cast<xmlNode*>(root)).is_plain("domain"))
    return fail("domain XML: it is not a domain");
  return document;
}

std::string text_of(const Document& document) {
  const Buffer buffer(xmlBufferCreate());
  xmlNodeDump(buffer.get(), document.get(), xmlDocGetRootElement(document.get()), 0, 0);
  return std::string(reinterpret_cast<const char*>(xmlBufferContent(buffer.get()))) + "\n";
}

template <class Wanted>
xmlNode* find_child(xmlNode* parent, const Wanted& wanted) {
  for (xmlNode* child = parent->children; child != nullptr; child = child->next)
    if (child->type == XML_ELEMENT_NODE && wanted(XmlNode(child))) return child;
  return nullptr;
}

xmlNode* find_plain(xmlNode* parent, std::string_view name) {
  return find_child(parent, [&](const XmlNode& child) { return child.is_plain(name); });
}

xmlNode* last_element(xmlNode* parent) { return xmlLastElementChild(parent); }

/// libvirt indents by two.
xmlNode* new_line(int depth) {
  return xmlNewText(xml_chars("\n" + std::string(static_cast<std::size_t>(2 * depth), ' ')));
}

void insert_after(xmlNode* previous, xmlNode* node, int depth) {
  xmlAddNextSibling(previous, node);
  xmlAddPrevSibling(node, new_line(depth));
}

void append(xmlNode* parent, xmlNode* node, int depth) {
  if (xmlNode* last = last_element(parent)) return insert_after(last, node, depth);
  while (xmlNode* blank = parent->children) {
    xmlUnlinkNode(blank);
    xmlFreeNode(blank);
  }
  xmlAddChild(parent, new_line(depth));
  xmlAddChild(parent, node);
  xmlAddChild(parent, new_line(depth - 1));
}

void remove(xmlNode* node) {
  if (xmlNode* blank = node->prev; blank != nullptr && xmlIsBlankNode(blank) != 0) {
    xmlUnlinkNode(blank);
    xmlFreeNode(blank);
  }
  xmlUnlinkNode(node);
  xmlFreeNode(node);
}

/// `xml` with every line but the first indented, as a node of `document`.
xmlNode* node_from(const Document& document, const std::string& xml, int depth) {
  std::istringstream lines(xml);
  std::string indented;
  for (std::string line; std::getline(lines, line);) {
    if (!indented.empty()) indented += "\n" + std::string(static_cast<std::size_t>(2 * depth), ' ');
    indented += line;
  }
  const Document fragment(xmlReadMemory(indented.data(), static_cast<int>(indented.size()), nullptr,
                                        "UTF-8", XML_PARSE_NONET));
  return xmlDocCopyNode(xmlDocGetRootElement(fragment.get()), document.get(), 1);
}

bool is_guest(const XmlNode& element) {
  return element.name_space() == domain_xml::our_namespace && element.name() == "guest";
}

/// Our element in the metadata, made where there is none.
xmlNode* guest_element(const Document& document, xmlNode* root) {
  xmlNode* metadata = find_plain(root, "metadata");
  if (metadata == nullptr) {
    metadata = xmlNewDocNode(document.get(), nullptr, xml_chars("metadata"), nullptr);
    xmlNode* before = find_plain(root, "uuid");
    if (before == nullptr) before = find_plain(root, "name");
    if (before != nullptr)
      insert_after(before, metadata, 1);
    else
      append(root, metadata, 1);
  }
  if (xmlNode* guest = find_child(metadata, is_guest)) return guest;
  xmlNode* guest = xmlNewDocNode(document.get(), nullptr, xml_chars("guest"), nullptr);
  xmlSetNs(guest,
           xmlNewNs(guest, xml_chars(std::string(domain_xml::our_namespace)), xml_chars("airtap")));
  append(metadata, guest, 2);
  return guest;
}

void describe(xmlNode* element, const GuestNic& nic, const std::string& alias) {
  const auto set = [&](const char* name, const std::string& value) {
    xmlNewProp(element, xml_chars(name), xml_chars(value));
  };
  set("alias", alias);
  if (nic.mode) set("mode", std::string(to_text(*nic.mode)));
  if (nic.uplink) set("uplink", *nic.uplink);
  if (nic.addresses) set("addresses", std::to_string(*nic.addresses));
  if (nic.isolate) set("isolate", "yes");
  if (nic.allow_server) set("allow-server", "yes");
}

bool has_mac(const std::optional<std::string>& text, const MacAddress& mac) {
  const auto parsed = text ? MacAddress::parse(*text) : Result<MacAddress>(fail(""));
  return parsed && *parsed == mac;
}

/// Also our element when nothing is left in it, and the metadata around it.
void remove_wish(xmlNode* root, const std::string& alias, const MacAddress& mac) {
  xmlNode* metadata = find_plain(root, "metadata");
  xmlNode* guest = metadata != nullptr ? find_child(metadata, is_guest) : nullptr;
  if (guest == nullptr) return;
  const auto is_meant = [&](const XmlNode& nic) {
    return (!alias.empty() && nic.attribute("alias") == alias) ||
           has_mac(nic.attribute("mac"), mac);
  };
  if (xmlNode* nic = find_child(guest, is_meant)) remove(nic);
  if (last_element(guest) == nullptr) remove(guest);
  if (last_element(metadata) == nullptr) remove(metadata);
}

}  // namespace

Result<std::string> unchanged(std::string_view domain_xml) {
  AIRTAP_TRY(const Document document, parse_document(domain_xml));
  return text_of(document);
}

Result<std::string> add_nic(std::string_view domain_xml, const GuestNic& nic,
                            const std::string& alias) {
  AIRTAP_TRY(const Document document, parse_document(domain_xml));
  xmlNode* root = xmlDocGetRootElement(document.get());
  xmlNode* devices = find_plain(root, "devices");
  if (devices == nullptr) return fail("domain XML: it has no <devices>");

  xmlNode* guest = guest_element(document, root);
  xmlNode* wish = xmlNewDocNode(document.get(), guest->ns, xml_chars("nic"), nullptr);
  describe(wish, nic, alias);
  append(guest, wish, 3);

  xmlNode* interface = node_from(document, interface_xml(nic, alias), 2);
  xmlNode* last = nullptr;
  for (xmlNode* at = devices->children; at != nullptr; at = at->next)
    if (at->type == XML_ELEMENT_NODE && XmlNode(at).is_plain("interface")) last = at;
  if (last != nullptr)
    insert_after(last, interface, 2);
  else
    append(devices, interface, 2);
  return text_of(document);
}

Result<std::string> remove_nic(std::string_view domain_xml, const MacAddress& mac) {
  AIRTAP_TRY(const Document document, parse_document(domain_xml));
  xmlNode* root = xmlDocGetRootElement(document.get());
  xmlNode* devices = find_plain(root, "devices");
  const auto is_meant = [&](const XmlNode& element) {
    const auto address = element.child("mac");
    return element.is_plain("interface") && address && has_mac(address->attribute("address"), mac);
  };
  xmlNode* interface = devices != nullptr ? find_child(devices, is_meant) : nullptr;
  if (interface == nullptr) return fail("no interface has MAC " + mac.text());
  const auto alias = XmlNode(interface).child("alias");
  remove_wish(root, alias ? alias->attribute("name").value_or("") : "", mac);
  remove(interface);
  return text_of(document);
}

}  // namespace airtap
