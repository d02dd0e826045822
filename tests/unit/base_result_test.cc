// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

#include "base/result.h"

namespace airtap {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail("odd", "take an even number", ERANGE);
  return number / 2;
}
Result<int> quarter(int number) {
  AIRTAP_TRY(const int first, half(number));
  AIRTAP_TRY(const int second, half(first));
  return second;
}
Result<> even(int number) {
  AIRTAP_CHECK(half(number));
  return {};
}
Result<int> number_if_even(int number) {
  if (number > 0) AIRTAP_CHECK(even(number));
  return number;
}
Result<std::unique_ptr<int>> boxed(int number) { return std::make_unique<int>(number); }
Result<int> unboxed(int number) {
  AIRTAP_TRY(const std::unique_ptr<int> box, boxed(number));
  return *box;
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8).value(), 2);
  ASSERT_FALSE(quarter(6));
  EXPECT_EQ(quarter(6).error().what(), "odd");
  EXPECT_EQ(quarter(6).error().hint(), "take an even number");
  EXPECT_EQ(quarter(6).error().code(), ERANGE);
}

TEST(Result, TryMovesWhatCannotBeCopied) { EXPECT_EQ(unboxed(5).value(), 5); }

TEST(Result, CheckReturnsTheErrorAndDropsTheValue) {
  EXPECT_TRUE(even(4));
  ASSERT_FALSE(even(5));
  EXPECT_EQ(even(5).error().line(), "odd (take an even number)");
}

TEST(Result, CheckIsOneStatementAfterAnIf) {
  EXPECT_EQ(number_if_even(-3).value(), -3);
  EXPECT_FALSE(number_if_even(3));
}

TEST(Error, IsOneLineWithThePlacesOutermostFirstAndTheHintLast) {
  const Error error = Error("does not answer", "try macnat").within("4addr").within("ua-lan");
  EXPECT_EQ(error.line(), "ua-lan: 4addr: does not answer (try macnat)");
  EXPECT_EQ(Error("broken").line(), "broken");
}

TEST(Error, KeepsItsFirstHint) {
  EXPECT_EQ(Error("a", "first").with_hint("second").hint(), "first");
  EXPECT_EQ(Error("a").with_hint("second").hint(), "second");
}

TEST(Error, OfASystemCallHasTheTextAndTheNumber) {
  const Result<> failed = fail_errno("/dev/tap4", ENOENT, "load ipvtap");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().line(), "/dev/tap4: No such file or directory (load ipvtap)");
  EXPECT_EQ(failed.error().within("ua-lan").code(), ENOENT);
}

}  // namespace
}  // namespace airtap
