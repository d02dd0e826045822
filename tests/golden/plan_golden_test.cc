// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Every example document and the plan it gives on a laptop: wlan0 joined, 10.77.0.20/24. After a
// wanted change: AIRTAP_UPDATE_GOLDEN=1 ctest -L golden, and read the diff.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "domain/domain_xml.h"
#include "plan/plan_attach.h"
#include "plan/print.h"
#include "session/gather.h"
#include "support/fake_kernel.h"

namespace airtap {
namespace {

namespace fs = std::filesystem;

const fs::path examples = fs::path(AIRTAP_SOURCE_DIR) / "xml-schemas/examples";
const fs::path expectations = fs::path(AIRTAP_SOURCE_DIR) / "tests/golden/plans";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string plan_of(const fs::path& document) {
  auto kernel = test::FakeKernel::laptop();
  kernel.add_link("eth0").up = true;
  kernel.state.links["eth0"].carrier = true;
  Config config;
  config.allow_server = true;
  config.station_credentials = "/etc/airtap/station.conf";
  const auto domain = parse_domain(read(document), config.claim);
  if (!domain) return "error: " + domain.error().line() + "\n";
  auto seam = kernel.seam();
  const auto plan = plan_attach(*domain, Stage::both, gather(seam).value(), config, {});
  return plan ? plan_text(domain->name, *plan) : "error: " + plan.error().line() + "\n";
}

std::vector<std::string> example_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(examples))
    if (entry.path().extension() == ".xml") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

class Examples : public testing::TestWithParam<std::string> {};

TEST_P(Examples, GiveThePlanOnRecord) {
  const fs::path expected = expectations / (GetParam() + ".txt");
  const std::string actual = plan_of(examples / (GetParam() + ".xml"));
  if (std::getenv("AIRTAP_UPDATE_GOLDEN") != nullptr) std::ofstream(expected) << actual;
  ASSERT_TRUE(fs::exists(expected)) << "no golden plan for this example";
  EXPECT_EQ(actual, read(expected));
}

INSTANTIATE_TEST_SUITE_P(, Examples, testing::ValuesIn(example_names()), [](const auto& example) {
  std::string name = example.param;
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace airtap
