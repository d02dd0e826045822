// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/xml_node.h"

#include <fmt/format.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlreader.h>

namespace airtap::domain_xml {

namespace {

struct FreeText {
  void operator()(xmlChar* text) const { xmlFree(text); }
};
using OwnedText = std::unique_ptr<xmlChar, FreeText>;

const char* chars(const xmlChar* text) { return reinterpret_cast<const char*>(text); }
const xmlChar* xml_chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

std::string copy(const OwnedText& text) { return text ? chars(text.get()) : std::string(); }

// No NOENT, DTDLOAD, DTDATTR, XINCLUDE or HUGE: each opens a door. IGNORE_ENC: the text is UTF-8
// whatever it declares, otherwise the prefilter would look at other letters than libxml2.
constexpr int options = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC;

}  // namespace

std::string_view XmlNode::name() const { return chars(node_->name); }

std::string_view XmlNode::name_space() const {
  return node_->ns == nullptr || node_->ns->href == nullptr ? "" : chars(node_->ns->href);
}

bool XmlNode::is_plain(std::string_view wanted) const {
  return name_space().empty() && name() == wanted;
}

std::optional<std::string> XmlNode::attribute(const char* name) const {
  const OwnedText value(xmlGetNoNsProp(node_, xml_chars(name)));
  if (!value) return std::nullopt;
  return copy(value);
}

std::vector<std::string> XmlNode::attribute_names() const {
  std::vector<std::string> names;
  for (const xmlAttr* at = node_->properties; at != nullptr; at = at->next) {
    const bool prefixed = at->ns != nullptr && at->ns->prefix != nullptr;
    names.push_back((prefixed ? chars(at->ns->prefix) + std::string(":") : std::string()) +
                    chars(at->name));
  }
  return names;
}

std::vector<XmlNode> XmlNode::children() const {
  std::vector<XmlNode> elements;
  for (xmlNode* at = node_->children; at != nullptr; at = at->next)
    if (at->type == XML_ELEMENT_NODE) elements.emplace_back(at);
  return elements;
}

std::optional<XmlNode> XmlNode::child(std::string_view wanted) const {
  for (const XmlNode& element : children())
    if (element.is_plain(wanted)) return element;
  return std::nullopt;
}

std::string XmlNode::text() const { return copy(OwnedText(xmlNodeGetContent(node_))); }

void XmlReader::Free::operator()(_xmlTextReader* reader) const { xmlFreeTextReader(reader); }

tl::unexpected<Error> refuse_doctype(std::string_view document) {
  return fail(fmt::format("{}: it has a DOCTYPE", document), "libvirt writes none: remove it");
}

XmlReader::XmlReader(_xmlTextReader* reader, std::unique_ptr<FirstError> error,
                     std::string_view document)
    : error_(std::move(error)), reader_(reader), document_(document) {
  // A generic lambda, because the error's type has become const in libxml2 2.12.
  xmlTextReaderSetStructuredErrorHandler(
      reader_.get(),
      [](void* into, auto* error_now) {
        auto* first = static_cast<FirstError*>(into);
        // Below fatal is what libxml2 itself reads past, and so libvirt too.
        if (!first->text.empty() || error_now->level != XML_ERR_FATAL) return;
        first->text = error_now->message == nullptr ? "not XML" : error_now->message;
        first->line = error_now->line;
        first->column = error_now->int2;
      },
      error_.get());
}

Result<XmlReader> XmlReader::open(std::string_view text, std::string_view document) {
  xmlTextReader* reader =
      xmlReaderForMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8", options);
  if (reader == nullptr) return fail(fmt::format("{}: out of memory", document));
  return XmlReader(reader, std::make_unique<FirstError>(), document);
}

Result<bool> XmlReader::next_element() {
  for (;;) {
    const int got = xmlTextReaderRead(reader_.get());
    if (got < 0) return failure();
    if (got == 0) return false;
    switch (xmlTextReaderNodeType(reader_.get())) {
      case XML_READER_TYPE_ELEMENT:
        return true;
      case XML_READER_TYPE_DOCUMENT_TYPE:
        return refuse_doctype(document_);
      default:
        break;
    }
  }
}

int XmlReader::depth() const { return xmlTextReaderDepth(reader_.get()); }

XmlNode XmlReader::start_tag() const { return XmlNode(xmlTextReaderCurrentNode(reader_.get())); }

Result<XmlNode> XmlReader::element() {
  xmlNode* node = xmlTextReaderExpand(reader_.get());
  if (node == nullptr) return failure();
  return XmlNode(node);
}

tl::unexpected<Error> XmlReader::failure() const {
  if (error_->text.empty()) return fail(fmt::format("{}: it cannot be read", document_));
  const std::string column = error_->column > 0 ? fmt::format(", column {}", error_->column) : "";
  return fail(fmt::format("{}, line {}{}: {}", document_, error_->line, column, error_->text));
}

}  // namespace airtap::domain_xml
