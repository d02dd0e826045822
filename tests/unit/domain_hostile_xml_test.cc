// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Documents that are broken, or made to harm.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "domain/domain_xml.h"
#include "domain/prefilter.h"

namespace airtap {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string error_of(std::string_view xml) {
  const auto result = parse_domain(xml, {"airtap*"});
  return result ? "no error" : result.error().line();
}

TEST(HostileXml, SaysLineAndColumnOfTheFirstMistake) {
  EXPECT_EQ(error_of("<domain>\n <devices>\n </domain>\n"),
            "domain XML, line 3, column 11: Opening and ending tag mismatch: devices line 2 and "
            "domain");
  EXPECT_THAT(error_of("<domain>\n<name>vm1</name>\n"), StartsWith("domain XML, line 2"));
  EXPECT_THAT(error_of("<domain><name>a & b</name></domain>"), StartsWith("domain XML, line 1"));
  EXPECT_THAT(error_of("<domain/><domain/>"), StartsWith("domain XML, line 1"));
  EXPECT_THAT(error_of("<domain type=kvm/>"), HasSubstr("AttValue"));
}

TEST(HostileXml, RefusesWhatIsNotADomain) {
  EXPECT_EQ(error_of(""), "domain XML: it is empty");
  EXPECT_EQ(error_of(" \n"), "domain XML: it is empty");
  EXPECT_EQ(error_of("garbage"), "domain XML: it is not XML in UTF-8");
  EXPECT_EQ(error_of("<network/>"),
            "domain XML: the root element is <network> (it must be <domain>)");
  EXPECT_THAT(error_of("<d:domain xmlns:d='urn:d'/>"), HasSubstr("must be <domain>"));
}

TEST(HostileXml, RefusesADocumentThatIsTooLong) {
  std::string xml = "<domain>";
  xml.append(max_domain_xml, ' ');
  EXPECT_EQ(error_of(xml + "</domain>"), "domain XML: it has 4194321 bytes (at most 4194304)");
  xml.resize(max_domain_xml - 9);
  EXPECT_EQ(error_of(xml + "</domain>"), "no error");
}

TEST(HostileXml, RefusesADoctypeBeforeItsEntitiesAreUsed) {
  const std::string laughs =
      "<!DOCTYPE domain [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
      "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
      "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;'>"
      "<!ENTITY g '&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;'>]>\n"
      "<domain><name>&g;&g;&g;</name></domain>";
  EXPECT_EQ(error_of(laughs), "domain XML: it has a DOCTYPE (libvirt writes none: remove it)");
  EXPECT_THAT(error_of("<!DOCTYPE domain><domain/>"), HasSubstr("DOCTYPE"));
  // Defaults of a DTD would be a way to say type='ethernet' without these words in the domain.
  EXPECT_THAT(error_of("<!DOCTYPE domain [<!ATTLIST interface type CDATA 'ethernet'>]><domain/>"),
              HasSubstr("DOCTYPE"));
}

TEST(HostileXml, RefusesADoctypeThatHidesBehindAComment) {
  EXPECT_THAT(error_of("<!-- <domain> --><!DOCTYPE domain [<!ENTITY a 'ha'>]><domain/>"),
              HasSubstr("DOCTYPE"));
}

TEST(HostileXml, LetsADoctypePassThatIsOnlyTextInTheDomain) {
  EXPECT_EQ(error_of("<domain><!-- <!DOCTYPE html> --></domain>"), "no error");
}

TEST(HostileXml, FetchesNoExternalEntity) {
  const auto secret = std::filesystem::temp_directory_path() / "airtap-hostile-xml-test";
  std::ofstream(secret) << "TOP-SECRET";
  for (const char* declaration :
       {"<!ENTITY x SYSTEM 'file://{0}'>", "<!ENTITY % x SYSTEM 'file://{0}'> %x;"}) {
    // Behind the comment, so that libxml2 gets to see the declaration.
    const std::string error = error_of("<!-- <domain> --><!DOCTYPE domain [" +
                                       fmt::format(fmt::runtime(declaration), secret.string()) +
                                       "]><domain><name>&x;</name></domain>");
    EXPECT_THAT(error, StartsWith("domain XML"));
    EXPECT_THAT(error, Not(HasSubstr("TOP-SECRET")));
  }
  std::filesystem::remove(secret);
}

TEST(HostileXml, RefusesEntitiesThatNobodyDeclared) {
  EXPECT_THAT(error_of("<domain><name>&x;</name></domain>"), StartsWith("domain XML, line 1"));
}

TEST(HostileXml, RefusesOtherEncodings) {
  std::string utf16 = "\xff\xfe";
  for (const char c : std::string("<domain/>")) utf16 += {c, '\0'};
  EXPECT_EQ(error_of(utf16), "domain XML: it is not XML in UTF-8");
  std::string without_mark;
  for (const char c : std::string("<domain/>")) without_mark += {c, '\0'};
  EXPECT_EQ(error_of(without_mark), "domain XML: it is not XML in UTF-8");
  EXPECT_THAT(error_of("<domain><name>\xff</name></domain>"), StartsWith("domain XML, line 1"));
}

TEST(HostileXml, ReadsUtf8WhateverTheDocumentDeclares) {
  // In UTF-7, "+AGU-" is the letter e: the prefilter would not see the word.
  const std::string xml =
      "<?xml version='1.0' encoding='UTF-7'?>"
      "<domain><name>vm1</name><uuid>6a1f0000-0000-4000-8000-000000000001</uuid><devices>"
      "<interface type='+AGU-thernet'><mac address='52:54:00:00:00:01'/><target dev='airtap0'/>"
      "</interface></devices></domain>";
  ASSERT_FALSE(may_concern_us(xml));
  const auto result = parse_domain(xml, {"airtap*"});
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_TRUE(result->nics.empty());
}

TEST(HostileXml, SurvivesDepth) {
  std::string xml = "<domain><metadata>";
  for (int i = 0; i < 100000; ++i) xml += "<a>";
  EXPECT_THAT(error_of(xml), StartsWith("domain XML, line 1"));
}

TEST(HostileXml, PutsOneShortLineIntoTheMessage) {
  const std::string error = error_of(
      "<domain><metadata><a:guest xmlns:a='urn:airtap:domain:1'><a:nic alias='ua-lan' "
      "mode='x&#10;airtap: all is well&#127;[2J" +
      std::string(5000, 'y') + "'/></a:guest></metadata></domain>");
  EXPECT_THAT(error, StartsWith("ua-lan: unknown mode 'x airtap: all is well"));
  EXPECT_THAT(error, Not(HasSubstr("\n")));
  EXPECT_THAT(error, Not(HasSubstr("\x7f")));
  EXPECT_LT(error.size(), 600u);
}

}  // namespace
}  // namespace airtap
