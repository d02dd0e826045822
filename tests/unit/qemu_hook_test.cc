// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu_hook.h"

#include <gtest/gtest.h>

#include "support/temp_directory.h"

namespace airtap {
namespace {

constexpr const char* uuid = "6a1f0000-0000-4000-8000-000000000001";

std::string xml(const std::string& interface) {
  return std::string("<domain><name>vm1</name><uuid>") + uuid + "</uuid><devices>" + interface +
         "</devices></domain>";
}
const std::string ours =
    xml("<interface type='ethernet'><mac address='52:54:00:00:00:01'/>"
        "<target dev='airtap0' managed='no'/></interface>");
const std::string libvirts =
    xml("<interface type='ethernet'><mac address='52:54:00:00:00:01'/>"
        "<target dev='airtap0'/></interface>");
const std::string foreign =
    xml("<interface type='ethernet'><mac address='52:54:00:00:00:01'/>"
        "<target dev='tap0'/></interface>");

class HookEvents : public testing::Test {
 protected:
  bool has_work(const std::string& operation, const std::string& document) {
    const HookCall call{.domain = "vm1", .operation = operation, .xml = document};
    return domain_of_ours(call, Config{}, RecordStore(directory)).value().has_value();
  }

  test::TempDirectory directory;
};

TEST_F(HookEvents, PrepareIsForDevicesOfOursAndStartForTapsOfLibvirt) {
  EXPECT_TRUE(has_work("prepare", ours));
  EXPECT_FALSE(has_work("start", ours));
  EXPECT_TRUE(has_work("prepare", libvirts)) << "it must be refused now if it cannot work";
  EXPECT_TRUE(has_work("start", libvirts));
}

TEST_F(HookEvents, AForeignDomainIsNoWorkAtAnyEvent) {
  for (const char* operation : {"prepare", "start", "started", "release", "reconnect", "stopped"})
    EXPECT_FALSE(has_work(operation, foreign)) << operation;
}

TEST_F(HookEvents, TheEndIsDecidedByTheRecordNotByTheXml) {
  EXPECT_FALSE(has_work("release", ours));
  ASSERT_TRUE(RecordStore(directory).write(GuestRecord{.name = "vm1", .uuid = uuid}));
  for (const char* operation : {"started", "release", "reconnect"})
    EXPECT_TRUE(has_work(operation, foreign)) << operation;
}

TEST_F(HookEvents, ABrokenDocumentNamesTheDomain) {
  const HookCall call{.domain = "vm1", .operation = "prepare", .xml = "<domain"};
  const auto result = domain_of_ours(call, Config{}, RecordStore(directory));
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().line().starts_with("vm1: domain XML")) << result.error().line();
}

}  // namespace
}  // namespace airtap
