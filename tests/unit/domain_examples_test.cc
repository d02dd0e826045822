// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Schema and parser say the same: xml-schemas/check holds the schema to the examples, this test
// the parser.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "domain/domain_xml.h"
#include "domain/network_xml.h"
#include "domain/prefilter.h"
#include "plan/plan_network.h"

namespace airtap {
namespace {

using testing::HasSubstr;

const std::filesystem::path examples =
    std::filesystem::path(AIRTAP_SOURCE_DIR) / "xml-schemas" / "examples";

std::map<std::string, std::string> read_all(const std::filesystem::path& directory) {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".xml") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    texts[entry.path().stem().string()] = text.str();
  }
  return texts;
}

Result<Domain> parse(const std::string& xml) { return parse_domain(xml, {"airtap*"}); }

GuestNic only_nic(const std::string& name) {
  const auto texts = read_all(examples);
  const auto domain = parse(texts.at(name));
  if (!domain || domain->nics.size() != 1) {
    ADD_FAILURE() << name;
    return {};
  }
  return domain->nics[0];
}

TEST(DomainExamples, AreAllReadAndHaveNicsOfOurs) {
  const auto texts = read_all(examples);
  EXPECT_GE(texts.size(), 8u);
  for (const auto& [name, xml] : texts) {
    const auto domain = parse(xml);
    ASSERT_TRUE(domain) << name << ": " << domain.error().line();
    EXPECT_FALSE(domain->nics.empty()) << name;
    EXPECT_TRUE(may_concern_us(xml)) << name;
    EXPECT_EQ(uuid_of(xml), domain->uuid) << name;
  }
}

TEST(DomainExamples, SayWhatTheirNamesPromise) {
  EXPECT_EQ(only_nic("macnat").mode, Mode::macnat);
  EXPECT_EQ(only_nic("4addr").mode, Mode::four_addr);
  EXPECT_EQ(only_nic("ipvtap").mode, Mode::ipvtap);
  EXPECT_EQ(only_nic("ipvtap").addresses, 4u);
  EXPECT_EQ(only_nic("bridge").mode, Mode::bridge);
  EXPECT_TRUE(only_nic("bridge").allow_server);
  EXPECT_EQ(only_nic("auto").mode, std::nullopt);
  EXPECT_FALSE(only_nic("libvirt-tap").device_is_ours);
  EXPECT_EQ(only_nic("queues-mtu").queues, 4u);
  EXPECT_EQ(only_nic("queues-mtu").mtu, 1400u);
}

TEST(DomainExamples, MixModesInOneDomain) {
  const auto texts = read_all(examples);
  const auto domain = parse(texts.at("several-nics"));
  ASSERT_TRUE(domain) << domain.error().line();
  ASSERT_EQ(domain->nics.size(), 2u);
  EXPECT_EQ(domain->nics[0].mode, Mode::macnat);
  EXPECT_EQ(domain->nics[1].mode, Mode::ipvtap);
  EXPECT_TRUE(domain->nics[1].isolate);
}

TEST(DomainExamples, ThatAreBadAreRefusedForTheReasonInTheirName) {
  const std::map<std::string, std::string> reasons{
      {"alias-of-libvirt", "does not start with ua-"},
      {"content-in-nic", "takes attributes only"},
      {"foreign-attribute", "unknown attribute 'airtap:mode'"},
      {"guest-attribute", "unknown attribute 'mode' of the guest element"},
      {"long-uplink", "at most 15"},
      {"neither-yes-nor-no", "neither yes nor no"},
      {"no-addresses", "addresses='0'"},
      {"no-key", "neither alias nor mac"},
      {"odd-mac", "is not a MAC address"},
      {"too-many-addresses", "addresses='65'"},
      {"two-guests", "two guest elements"},
      {"two-keys", "both alias and mac"},
      {"unknown-attribute", "unknown attribute 'isolated'"},
      {"unknown-element", "unknown element <interface>"},
      {"unknown-mode", "unknown mode 'macvtap'"}};
  const auto texts = read_all(examples / "bad");
  EXPECT_EQ(texts.size(), reasons.size());
  for (const auto& [name, reason] : reasons) {
    ASSERT_TRUE(texts.contains(name)) << name;
    const auto domain = parse(texts.at(name));
    ASSERT_FALSE(domain) << name;
    EXPECT_THAT(domain.error().line(), HasSubstr(reason)) << name;
  }
}

TEST(NetworkExamples, AreAllReadAndOurs) {
  const auto texts = read_all(examples / "network");
  EXPECT_GE(texts.size(), 4u);
  for (const auto& [name, xml] : texts) {
    const auto document = parse_network(xml);
    ASSERT_TRUE(document) << name << ": " << document.error().line();
    ASSERT_TRUE(*document) << name;
    EXPECT_EQ((*document)->network.name, name);
    EXPECT_TRUE(network_may_concern_us(xml)) << name;
    const auto checked = check_network((*document)->network, Config{.allow_server = true});
    EXPECT_TRUE(checked) << name << ": " << checked.error().line();
  }
}

TEST(NetworkExamples, ThatAreBadAreRefusedForTheReasonInTheirName) {
  const std::map<std::string, std::string> reasons{
      {"ipvtap", "mode ipvtap is not for networks"},
      {"alias", "unknown attribute 'alias'"},
      {"two-elements", "two network elements"},
      {"foreign-bridge", "br0 is not a bridge of airtap's"},
      {"nat", "must forward to a bridge"},
      {"no-addresses", "addresses='0'"}};
  const auto texts = read_all(examples / "network/bad");
  EXPECT_EQ(texts.size(), reasons.size());
  for (const auto& [name, reason] : reasons) {
    ASSERT_TRUE(texts.contains(name)) << name;
    const auto document = parse_network(texts.at(name));
    const Result<> result =
        document ? check_network((*document)->network, Config{}) : Result<>(fail(document.error()));
    ASSERT_FALSE(result) << name;
    EXPECT_THAT(result.error().line(), HasSubstr(reason)) << name;
  }
}

}  // namespace
}  // namespace airtap
