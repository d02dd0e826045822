// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How records look on disk, whatever version wrote them.
#include <gmock/gmock.h>

#include "record/json.h"

namespace airtap {
namespace {

using testing::HasSubstr;

GuestRecord guest() {
  GuestRecord record{.name = "vm", .uuid = "6a1f0000-0000-4000-8000-000000000001"};
  record.actions = Actions{SetUp{IfName::parse("airtap0").value()}};
  return record;
}

TEST(Record, IsReadAsItWasWritten) {
  const auto read = guest_record_from_json(to_json_text(guest()));
  ASSERT_TRUE(read) << read.error().what();
  EXPECT_EQ(*read, guest());
  EXPECT_EQ(read->actions.get().value(), guest().actions.get().value());
}

TEST(Record, WrittenAgainKeepsActionsThatNobodyRead) {
  const std::string text = to_json_text(guest());
  EXPECT_EQ(to_json_text(guest_record_from_json(text).value()), text);
}

TEST(Record, OfVersionOneHasItsActionsInside) {
  const auto read = guest_record_from_json(
      R"({"actions":[{"device":"airtap0","do":"set_up"}],"emulator":{"pid":0,"start":0},)"
      R"("name":"vm","nics":[],"phase":"attaching","starter":{"pid":0,"start":0},"uses":[],)"
      R"("uuid":"6a1f0000-0000-4000-8000-000000000001","version":1})"
      "\n");
  ASSERT_TRUE(read) << read.error().what();
  EXPECT_EQ(*read, guest());
}

TEST(Record, WithoutItsEndIsDamaged) {
  std::string text = to_json_text(guest());
  while (!text.empty()) {
    text.pop_back();
    const auto read = guest_record_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().line(), HasSubstr("it is damaged"));
  }
}

TEST(Record, WithDamagedActionsSaysSoToWhoAsksForThem) {
  for (const std::string_view actions : {"[{]", "[{\"do\":\"dance\"}]", "[1]", "[1.5]"}) {
    std::string text = to_json_text(guest());
    text.replace(text.find('\n') + 1, std::string::npos, std::string(actions) + "\n");
    const auto read = guest_record_from_json(text);
    ASSERT_TRUE(read) << read.error().what();
    const auto got = read->actions.get();
    ASSERT_FALSE(got) << actions;
    EXPECT_THAT(got.error().line(), HasSubstr("it is damaged"));
  }
}

}  // namespace
}  // namespace airtap
