// SPDX-License-Identifier: LGPL-2.1-or-later
//
// When the follower acts: soon, once a burst, and announcements more than once.
#include <gtest/gtest.h>

#include "monitor/agenda.h"

namespace airtap {
namespace {

using std::chrono::milliseconds;

class Agendas : public testing::Test {
 protected:
  static Agenda::Time at(int ms) { return Agenda::Time(milliseconds(ms)); }
  Agenda agenda;
};

TEST_F(Agendas, NothingIsPlannedBeforeAnythingHappened) {
  EXPECT_FALSE(agenda.next());
  EXPECT_FALSE(agenda.due(at(1000)));
}

TEST_F(Agendas, ABurstIsOneLook) {
  for (int ms = 0; ms <= 50; ms += 10) agenda.happened(at(ms), false);
  EXPECT_EQ(agenda.next(), at(70));
  EXPECT_FALSE(agenda.due(at(69)));
  EXPECT_TRUE(agenda.due(at(70)));
  EXPECT_FALSE(agenda.due(at(1000)));
}

TEST_F(Agendas, AnEndlessBurstDoesNotPutTheLookOffForEver) {
  for (int ms = 0; ms <= 500; ms += 10) agenda.happened(at(ms), false);
  EXPECT_EQ(agenda.next(), at(100));
}

TEST_F(Agendas, OneMoveInABurstIsAnnounced) {
  agenda.happened(at(0), true);
  agenda.happened(at(5), false);
  const auto task = agenda.due(at(100));
  ASSERT_TRUE(task);
  EXPECT_TRUE(task->announce);
  EXPECT_FALSE(task->is_repeat);
}

TEST_F(Agendas, AnAnnouncementIsRepeatedThreeTimesAndThenNoMore) {
  agenda.announced(at(0));
  int repeats = 0;
  for (int ms = 0; ms < 10000; ++ms)
    if (const auto task = agenda.due(at(ms))) {
      EXPECT_TRUE(task->announce);
      EXPECT_TRUE(task->is_repeat) << "or it would be repeated for ever";
      ++repeats;
    }
  EXPECT_EQ(repeats, 3);
}

TEST_F(Agendas, WhatHappensBetweenRepeatsIsLookedAtInTime) {
  agenda.announced(at(0));
  agenda.happened(at(10), false);
  EXPECT_EQ(agenda.next(), at(30));
  const auto task = agenda.due(at(30));
  ASSERT_TRUE(task);
  EXPECT_FALSE(task->announce);
  EXPECT_EQ(agenda.next(), at(300));
}

TEST_F(Agendas, AFailedLookIsTriedAgain) {
  agenda.failed(at(0));
  EXPECT_EQ(agenda.next(), at(1000));
}

}  // namespace
}  // namespace airtap
