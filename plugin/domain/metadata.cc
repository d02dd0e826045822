// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "model/if_name.h"

namespace airtap::domain_xml {

namespace {

constexpr std::array<std::string_view, 8> nic_attributes{
    "alias", "mac", "target", "mode", "uplink", "addresses", "isolate", "allow-server"};
constexpr std::array<std::string_view, 5> network_attributes{"mode", "uplink", "addresses",
                                                             "isolate", "allow-server"};
constexpr unsigned most_addresses = 64;
// A domain has some 30 slots for NICs; the limit keeps the join with the interfaces cheap when the
// document is made to be expensive.
constexpr std::size_t most_nics = 256;

Result<bool> parse_yes_no(std::string_view what, const std::string& text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return fail(fmt::format("{}='{}' is neither yes nor no", what, text));
}

Result<> check_attribute_names(const XmlNode& element, std::span<const std::string_view> known) {
  for (const std::string& name : element.attribute_names())
    if (std::ranges::find(known, name) == known.end())
      return fail(fmt::format("unknown attribute '{}' in the metadata", name),
                  fmt::format("attributes: {}", fmt::join(known, ", ")));
  return {};
}

Result<NicWish> parse_key(const XmlNode& element) {
  const auto alias = element.attribute("alias");
  const auto mac = element.attribute("mac");
  const auto target = element.attribute("target");
  if (!alias && !mac && !target)
    return fail("a nic has neither alias nor mac nor target",
                "say which interface it means: alias='ua-…' or mac='52:54:00:…'");
  if (alias && mac)
    return fail("a nic has both alias and mac", fmt::format("keep alias='{}' alone", *alias));
  if (target && (alias || mac))
    return fail(fmt::format("a nic has both target and {}", alias ? "alias" : "mac"),
                "keep one of the two");
  NicWish wish;
  if (target) {
    AIRTAP_TRY(const IfName name, IfName::parse(*target));
    wish.target = name.text();
    return wish;
  }
  if (mac) {
    AIRTAP_TRY(wish.mac, MacAddress::parse(*mac));
    return wish;
  }
  if (!alias->starts_with("ua-"))
    return fail(fmt::format("alias '{}' does not start with ua-", *alias),
                "libvirt keeps only such aliases: <alias name='ua-lan'/>");
  wish.alias = *alias;
  return wish;
}

Result<> parse_wishes(const XmlNode& element, Wishes& wish) {
  if (const auto text = element.attribute("mode")) {
    AIRTAP_TRY(wish.mode, parse_mode(*text));
  }
  if (const auto text = element.attribute("uplink")) {
    AIRTAP_TRY(const IfName name, IfName::parse(*text));
    wish.uplink = name.text();
  }
  if (const auto text = element.attribute("addresses")) {
    AIRTAP_TRY(wish.addresses, parse_number("addresses", *text, 1, most_addresses));
  }
  if (const auto text = element.attribute("isolate")) {
    AIRTAP_TRY(wish.isolate, parse_yes_no("isolate", *text));
  }
  if (const auto text = element.attribute("allow-server")) {
    AIRTAP_TRY(wish.allow_server, parse_yes_no("allow-server", *text));
  }
  return {};
}

Result<NicWish> parse_nic(const XmlNode& element) {
  if (element.name_space() != our_namespace || element.name() != "nic")
    return fail(fmt::format("metadata: unknown element <{}> in the guest element", element.name()),
                "it holds nic elements of the same namespace");
  auto wish = parse_key(element);
  if (!wish) return fail(wish.error().within("metadata"));
  auto parsed = check_attribute_names(element, nic_attributes);
  if (parsed) parsed = parse_wishes(element, *wish);
  if (!parsed) return fail(parsed.error().within(wish->label()));
  if (!element.children().empty())
    return fail(Error("its nic element in the metadata has content", "it takes attributes only")
                    .within(wish->label()));
  return wish;
}

Result<> check_is_guest(const XmlNode& element) {
  if (element.name_space() != our_namespace)
    return fail(fmt::format("metadata: namespace {} is not known", element.name_space()),
                fmt::format("this airtap reads {}", our_namespace));
  if (element.name() != "guest")
    return fail(fmt::format("metadata: unknown element <{}> in namespace {}", element.name(),
                            our_namespace),
                "the element is called guest");
  const auto attributes = element.attribute_names();
  if (!attributes.empty())
    return fail(fmt::format("metadata: unknown attribute '{}' of the guest element", attributes[0]),
                "attributes belong to its nic elements");
  return {};
}

}  // namespace

Result<unsigned> parse_number(std::string_view what, const std::string& text, unsigned low,
                              unsigned high) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < low || value > high)
    return fail(fmt::format("{}='{}' is not a number from {} to {}", what, text, low, high));
  return value;
}

Result<std::vector<NicWish>> parse_guest_element(const XmlNode& element) {
  AIRTAP_CHECK(check_is_guest(element));
  const auto nics = element.children();
  if (nics.size() > most_nics)
    return fail(fmt::format("metadata: {} nic elements", nics.size()),
                fmt::format("at most {}", most_nics));
  std::vector<NicWish> wishes;
  for (const XmlNode& nic : nics) {
    AIRTAP_TRY(NicWish wish, parse_nic(nic));
    const auto twin = std::ranges::find(wishes, wish.label(), &NicWish::label);
    if (twin != wishes.end())
      return fail(
          Error("two nic elements in the metadata name it", "remove one").within(wish.label()));
    wishes.push_back(std::move(wish));
  }
  return wishes;
}

Result<Wishes> parse_network_element(const XmlNode& element) {
  if (element.name_space() != our_network_namespace)
    return fail(fmt::format("metadata: namespace {} is not known", element.name_space()),
                fmt::format("this airtap reads {}", our_network_namespace));
  if (element.name() != "network")
    return fail(fmt::format("metadata: unknown element <{}> in namespace {}", element.name(),
                            our_network_namespace),
                "the element is called network");
  AIRTAP_CHECK(check_attribute_names(element, network_attributes));
  if (!element.children().empty())
    return fail("metadata: the network element has content", "it takes attributes only");
  Wishes wishes;
  AIRTAP_CHECK(parse_wishes(element, wishes));
  return wishes;
}

}  // namespace airtap::domain_xml
