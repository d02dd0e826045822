// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <string>

#include "domain/prefilter.h"

namespace airtap {
namespace {

constexpr std::string_view uuid = "6a1f0000-0000-4000-8000-00000000000A";

TEST(DomainPrefilter, LetsADomainWithoutOurWordsPass) {
  EXPECT_FALSE(may_concern_us(""));
  EXPECT_FALSE(may_concern_us("<domain><devices><interface type='network'/></devices></domain>"));
}

TEST(DomainPrefilter, SuspectsEthernetInterfacesMetadataOfAnyVersionAndHiddenLetters) {
  EXPECT_TRUE(may_concern_us("<interface type='ethernet'>"));
  EXPECT_TRUE(may_concern_us("<a:guest xmlns:a=\"urn:airtap:domain:2\"/>"));
  EXPECT_TRUE(may_concern_us("<interface type='&#101;thernet'>"));
}

TEST(DomainPrefilter, FindsTheFirstUuid) {
  const std::string text(uuid);
  EXPECT_EQ(uuid_of("<domain><uuid>" + text + "</uuid><uuid>x</uuid>"), uuid);
}

TEST(DomainPrefilter, FindsNoUuidWhereThereIsNone) {
  const std::string text(uuid);
  EXPECT_EQ(uuid_of(""), "");
  EXPECT_EQ(uuid_of("<uuid>"), "");
  EXPECT_EQ(uuid_of("<uuid>" + text), "");
  EXPECT_EQ(uuid_of("<uuid>" + text + "0</uuid>"), "");
  EXPECT_EQ(uuid_of("<uuid> " + text + "</uuid>"), "");
  EXPECT_EQ(uuid_of("</uuid>" + text + "<uuid>"), "");
}

TEST(DomainPrefilter, TakesNothingForAUuidThatIsUnsafeAsAFileName) {
  EXPECT_TRUE(is_uuid(uuid));
  EXPECT_FALSE(is_uuid("../../../../../../../../../etc/passwd"));
  EXPECT_FALSE(is_uuid("6a1f0000/0000/4000/8000/00000000000A"));
  EXPECT_FALSE(is_uuid("6a1f0000-0000-4000-8000-00000000000"));
  EXPECT_FALSE(is_uuid("6a1f0000-0000-4000-8000-00000000000g"));
  EXPECT_FALSE(is_uuid(std::string_view("6a1f0000-0000-4000-8000-00000000000\0", 36)));
}

}  // namespace
}  // namespace airtap
