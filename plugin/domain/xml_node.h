// SPDX-License-Identifier: LGPL-2.1-or-later
//
// libxml2 behind two small classes: only xml_node.cc includes it, so that no other file can forget
// to free something, or to switch the network off.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct _xmlNode;        // NOLINT(bugprone-reserved-identifier): libxml2's name
struct _xmlTextReader;  // NOLINT(bugprone-reserved-identifier)

namespace airtap::domain_xml {

/// An element with everything below it. Does not own: valid until the next call on its XmlReader.
class XmlNode {
 public:
  explicit XmlNode(_xmlNode* node) : node_(node) {}

  /// The name without its prefix.
  std::string_view name() const;
  /// The namespace's URI, empty for none.
  std::string_view name_space() const;
  /// Without a namespace and called `name`, as all of libvirt's own elements are.
  bool is_plain(std::string_view wanted) const;

  /// The value of an attribute without a prefix; nothing when there is no such attribute.
  std::optional<std::string> attribute(const char* name) const;
  /// Every attribute's name, "prefix:name" where it has a prefix.
  std::vector<std::string> attribute_names() const;
  /// The elements directly below, in document order.
  std::vector<XmlNode> children() const;
  /// The first plain child of that name.
  std::optional<XmlNode> child(std::string_view wanted) const;
  /// All text below.
  std::string text() const;

 private:
  _xmlNode* node_;
};

/// The error for a document with a DOCTYPE. `document` is what messages call it: "domain XML".
tl::unexpected<Error> refuse_doctype(std::string_view document);

/// Goes through a document once, from front to back, and holds only the part it is at.
class XmlReader {
 public:
  /// `text` must outlive the reader. `document` is what messages call it, a literal.
  static Result<XmlReader> open(std::string_view text, std::string_view document);

  /// Moves to the next element; false at the end of the document. Errors: XML that is not
  /// well-formed ("domain XML, line 3, column 7: …"), a DOCTYPE.
  Result<bool> next_element();
  /// Of the element it is at: 0 for the root.
  int depth() const;
  /// The element it is at, for its name and attributes: what is below need not be there yet.
  XmlNode start_tag() const;
  /// The element it is at, with all that is below. Errors: as next_element.
  Result<XmlNode> element();

 private:
  /// Where libxml2 puts the first error. The text of later ones is about the ruins of the first.
  struct FirstError {
    std::string text;
    int line = 0;
    int column = 0;
  };
  struct Free {
    void operator()(_xmlTextReader* reader) const;
  };

  XmlReader(_xmlTextReader* reader, std::unique_ptr<FirstError> error, std::string_view document);
  tl::unexpected<Error> failure() const;

  // Declared first, freed last: the reader holds a pointer to it.
  std::unique_ptr<FirstError> error_;
  std::unique_ptr<_xmlTextReader, Free> reader_;
  std::string_view document_;
};

}  // namespace airtap::domain_xml
