// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "cli/attachment.h"
#include "cli/diff.h"
#include "cli/table.h"
#include "domain/domain_xml.h"
#include "support/command.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

using testing::HasSubstr;

const std::vector<std::string> claim{"airtap*"};

VirtDomain vm(const std::string& name, const std::string& interfaces) {
  return {.name = name,
          .uuid = "bf09dd35-0f14-e26c-ee9c-7391a28ff96e",
          .persistent = true,
          .xml = fmt::format("<domain type='qemu'>\n  <name>{}</name>\n  <uuid>bf09dd35-0f14-e26c-"
                             "ee9c-7391a28ff96e</uuid>\n  <devices>\n{}  </devices>\n</domain>\n",
                             name, interfaces)};
}

std::string ethernet(const std::string& mac, const std::string& target,
                     const std::string& alias = "") {
  return fmt::format(
      "    <interface type='ethernet'>\n      <mac address='{}'/>\n"
      "      <target dev='{}' managed='no'/>\n{}    </interface>\n",
      mac, target, alias.empty() ? "" : fmt::format("      <alias name='{}'/>\n", alias));
}

bool none_taken(const std::string&) { return false; }

TEST(Attachment, TakesTheFirstNameThatNoDomainAndNoDeviceHas) {
  const auto vm1 = vm("vm1", "");
  const auto vm2 = vm("vm2", ethernet("52:54:00:00:00:01", "airtap0"));
  const auto change =
      add_to_domain(vm1, {vm1, vm2}, {}, [](const std::string& name) { return name == "airtap1"; });
  EXPECT_EQ(change.value().nic.target, "airtap2");
  EXPECT_EQ(change->alias, "ua-airtap2");
  const auto added = parse_domain(change->after, {}).value().nics.at(0);
  EXPECT_EQ(added.mac, change->nic.mac);
  EXPECT_EQ(added.mac.text().substr(0, 8), "52:54:00");
}

TEST(Attachment, AMacByChanceIsAnotherEachTime) {
  const auto vm1 = vm("vm1", "");
  EXPECT_NE(add_to_domain(vm1, {vm1}, {}, none_taken)->nic.mac,
            add_to_domain(vm1, {vm1}, {}, none_taken)->nic.mac);
}

TEST(Attachment, RefusesAMacThatAnotherDomainHas) {
  const auto vm1 = vm("vm1", "");
  const auto vm2 = vm("vm2", ethernet("52:54:00:00:00:01", "tap0"));
  EXPECT_EQ(add_to_domain(vm1, {vm1, vm2}, {.mac = "52:54:00:00:00:01"}, none_taken).error().line(),
            "MAC 52:54:00:00:00:01 is already vm2's (choose another, or leave out --mac)");
}

TEST(Attachment, RefusesWhatCannotBeRead) {
  const auto vm1 = vm("vm1", "");
  const auto error = [&](const NicOptions& options) {
    return add_to_domain(vm1, {vm1}, options, none_taken).error().line();
  };
  EXPECT_THAT(error({.mode = "nat"}), HasSubstr("unknown mode 'nat'"));
  EXPECT_THAT(error({.uplink = "a/b"}), HasSubstr("--uplink"));
  EXPECT_THAT(error({.mac = "1:2"}), HasSubstr("is not a MAC address"));
}

TEST(Attachment, RemovesTheOnlyOneOrTheOneThatIsMeant) {
  const auto one = vm("vm1", ethernet("52:54:00:00:00:01", "airtap0"));
  EXPECT_THAT(remove_from_domain(one, {}, claim).value().after,
              Not(HasSubstr("52:54:00:00:00:01")));
  const auto two = vm("vm1", ethernet("52:54:00:00:00:01", "airtap0", "ua-a") +
                                 ethernet("52:54:00:00:00:02", "airtap1"));
  EXPECT_EQ(remove_from_domain(two, {}, claim).error().line(),
            "several interfaces are airtap's (choose one by --alias or --mac: ua-a, "
            "52:54:00:00:00:02)");
  EXPECT_EQ(remove_from_domain(two, {.alias = "ua-a"}, claim).value().nic.target, "airtap0");
  EXPECT_EQ(remove_from_domain(two, {.mac = "52:54:00:00:00:02"}, claim).value().nic.target,
            "airtap1");
  EXPECT_THAT(remove_from_domain(two, {.alias = "ua-b"}, claim).error().line(),
              HasSubstr("no interface of airtap's is ua-b (there are: ua-a, 52:54:00:00:00:02)"));
  EXPECT_THAT(remove_from_domain(vm("vm1", ""), {}, claim).error().line(),
              HasSubstr("no interface is airtap's"));
}

/// What diff(1) says, without the names.
std::string diff_u(const std::string& a, const std::string& b) {
  const test::TempDirectory directory;
  std::ofstream(directory / "a") << a;
  std::ofstream(directory / "b") << b;
  return test::run(fmt::format("diff -u --label vm1 --label vm1 {0}/a {0}/b", directory.c_str()))
      .output;
}

TEST(Diff, SaysWhatDiffSays) {
  std::string before;
  for (int i = 0; i < 40; ++i) before += fmt::format("line {}\n", i);
  const auto with = [&](std::initializer_list<int> after_lines) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      text += fmt::format("line {}\n", i);
      for (const int line : after_lines)
        if (line == i) text += fmt::format("new after {}\n", i);
    }
    return text;
  };
  for (const auto& after : {with({0}), with({39}), with({10}), with({10, 12}), with({10, 17}),
                            with({10, 18}), with({3, 30}), before.substr(0, 70), with({})}) {
    EXPECT_EQ(unified_diff(before, after, "vm1"), diff_u(before, after));
    EXPECT_EQ(unified_diff(after, before, "vm1"), diff_u(after, before));
  }
}

TEST(Tables, HaveColumnsThatAwkCanCount) {
  EXPECT_EQ(text_of({{"A", "LONG", "C"}, {"aaa", "", "c"}}), "A    LONG  C\naaa  -     c\n");
}

}  // namespace
}  // namespace airtap
