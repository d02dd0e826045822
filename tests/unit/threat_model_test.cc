// SPDX-License-Identifier: LGPL-2.1-or-later
//
// packaging/SECURITY.md names the test of each defence: every one of them exists.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
const fs::path root = AIRTAP_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// "Suite.Name" of every test there is.
std::set<std::string> all_tests() {
  const std::regex head(R"(\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\))");
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), head), end; it != end; ++it)
      names.insert((*it)[1].str() + "." + (*it)[2].str());
  }
  return names;
}

/// Of each row of a table that tells attack, defence and test: the last cell.
std::vector<std::string> cells(const std::string& page) {
  const std::regex row(R"((?:^|\n)\|[^|\n]*\|[^|\n]*\|([^|\n]*)\|(?=\n))");
  std::vector<std::string> found;
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it)
    found.push_back((*it)[1].str());
  return found;
}

/// In backticks: a test, all tests of a suite, a case of the testbed, a file, a part of survive.
bool exists(const std::string& name, const std::set<std::string>& tests) {
  if (tests.contains(name)) return true;
  if (name.ends_with(".*")) {
    const auto first = tests.lower_bound(name.substr(0, name.size() - 1));
    return first != tests.end() && first->starts_with(name.substr(0, name.size() - 1));
  }
  if (name.starts_with("survive "))
    return text_of(root / "tests/survive/survive").find("\"" + name.substr(8) + "\":") !=
           std::string::npos;
  return fs::exists(root / "tests/testbed/cases" / name) || fs::exists(root / name) ||
         fs::exists(root / (name + ".cc")) || fs::exists(root / "tests/unit" / (name + ".cc"));
}

TEST(ThreatModel, EveryTestThatItNamesExists) {
  const auto tests = all_tests();
  const std::regex quoted("`([^`]+)`");
  int named = 0;
  const std::string page = text_of(root / "packaging/SECURITY.md");
  // What follows names profiles and units in that column.
  for (const std::string& cell : cells(page.substr(0, page.find("## What confines")))) {
    for (std::sregex_iterator it(cell.begin(), cell.end(), quoted), end; it != end; ++it, ++named)
      EXPECT_TRUE(exists((*it)[1].str(), tests)) << (*it)[1].str();
  }
  EXPECT_GT(named, 30);
}

TEST(ThreatModel, WhatDoesNotExistIsMissed) {
  const auto tests = all_tests();
  for (const char* name : {"Guests.MayDoAsTheyPlease", "NoSuite.*", "survive nothing", "no-case"})
    EXPECT_FALSE(exists(name, tests)) << name;
}

}  // namespace
