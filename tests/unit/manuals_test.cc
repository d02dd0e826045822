// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the manual pages show works: documents are valid and can be planned, configurations can be
// read, command lines are understood. The testbed's case `attach` runs those that need a libvirt.
#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/commands.h"
#include "config/config.h"
#include "domain/domain_xml.h"
#include "domain/network_xml.h"
#include "plan/plan_attach.h"
#include "plan/plan_network.h"
#include "session/gather.h"
#include "support/command.h"
#include "support/fake_kernel.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

namespace fs = std::filesystem;

const fs::path source = AIRTAP_SOURCE_DIR;

/// roff's escapes that the pages use in literal text.
std::string plain(std::string text) {
  for (const auto& [escape, meaning] :
       {std::pair{"\\-", "-"}, {"\\(aq", "'"}, {"\\&", ""}, {"\\e", "\\"}})
    for (auto at = text.find(escape); at != std::string::npos; at = text.find(escape, at))
      text.replace(at, std::string_view(escape).size(), meaning);
  return text;
}

/// Every `.Bd -literal` of every page.
std::vector<std::pair<std::string, std::string>> examples() {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& entry : fs::directory_iterator(source / "packaging/man")) {
    std::ifstream in(entry.path());
    std::string line;
    bool inside = false;
    while (std::getline(in, line)) {
      if (line.starts_with(".Bd -literal")) {
        inside = true;
        found.emplace_back(entry.path().filename(), "");
      } else if (line == ".Ed") {
        inside = false;
      } else if (inside) {
        found.back().second += plain(line) + "\n";
      }
    }
  }
  return found;
}

std::string domain_around(const std::string& text) {
  const auto interface = std::min(text.find("<interface"), text.find("<hostdev"));
  return "<domain type='kvm'><name>vm1</name><uuid>6a1f0000-0000-4000-8000-000000000001</uuid>" +
         text.substr(0, interface) +
         "<memory unit='MiB'>512</memory><os><type>hvm</type></os><devices>" +
         text.substr(interface) + "</devices></domain>";
}

class Manuals : public testing::Test {
 protected:
  void expect_valid(const std::string& xml, const std::string& ours, const std::string& libvirts) {
    const fs::path file = directory / "example.xml";
    std::ofstream(file) << xml;
    const auto by_us = test::run("xmllint --nonet --noout --relaxng " +
                                 (source / "xml-schemas" / ours).string() + " " + file.string());
    EXPECT_EQ(by_us.status, 0) << by_us.output << xml;
    const auto by_libvirt = test::run("virt-xml-validate " + file.string() + " " + libvirts);
    EXPECT_EQ(by_libvirt.status, 0) << by_libvirt.output << xml;
  }

  HostFacts host() {
    auto seam = kernel.seam();
    return gather(seam).value();
  }

  test::TempDirectory directory;
  test::FakeKernel kernel = test::FakeKernel::laptop();
};

TEST_F(Manuals, DocumentsAreValidAndCanBeStarted) {
  int domains = 0;
  int networks = 0;
  for (const auto& [page, text] : examples()) {
    SCOPED_TRACE(page);
    if (text.starts_with("<network")) {
      ++networks;
      expect_valid(text, "airtap-network.rng", "network");
      const auto document = parse_network(text);
      ASSERT_TRUE(document && *document) << text;
      const auto plan = plan_network((*document)->network, host(), {}, {});
      EXPECT_TRUE(plan) << plan.error().line();
    } else if (text.starts_with("<")) {
      ++domains;
      const std::string xml = domain_around(text);
      expect_valid(xml, "airtap-domain.rng", "domain");
      const auto domain = parse_domain(xml, Config{}.claim);
      ASSERT_TRUE(domain) << domain.error().line() << text;
      if (text.find("type='ethernet'") == std::string::npos &&
          text.find("<hostdev") == std::string::npos)
        continue;
      ASSERT_EQ(domain->nics.size(), 1U) << text;
      const auto plan = plan_attach(*domain, Stage::both, host(), {}, {});
      EXPECT_TRUE(plan) << plan.error().line();
    }
  }
  EXPECT_GE(domains, 3);
  EXPECT_GE(networks, 1);
}

bool is_toml(const std::string& text) {
  return text.find("# ") != 0 && (text.starts_with("[") || text.find(" = ") != std::string::npos);
}

TEST_F(Manuals, ConfigurationsCanBeRead) {
  int read = 0;
  for (const auto& [page, text] : examples()) {
    if (page != "airtap.toml.5" || !is_toml(text)) continue;
    ++read;
    // An example of one key stands in its table.
    const bool of_allow =
        text.starts_with("modes") || text.starts_with("uplinks") || text.starts_with("server");
    const char* table = of_allow                          ? "[allow]\n"
                        : text.starts_with("credentials") ? "[station]\n"
                                                          : "";
    const auto config = parse_config(table + text, page);
    EXPECT_TRUE(config) << config.error().line() << "\n" << text;
  }
  EXPECT_GE(read, 8);
}

/// As a shell would split it; the pages quote nothing but whole words.
std::vector<std::string> words_of(const std::string& command) {
  std::istringstream in(command);
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    if (word == "|" || word.starts_with(">")) break;
    words.push_back(word);
  }
  return words;
}

void expect_understood(const std::string& command) {
  CLI::App app;
  Run run;
  add_commands(app, run);
  auto words = words_of(command);
  words.erase(words.begin());
  std::ranges::reverse(words);
  EXPECT_NO_THROW(app.parse(words)) << command;
  EXPECT_TRUE(run) << command;
}

TEST_F(Manuals, CommandLinesAreUnderstood) {
  int understood = 0;
  for (const auto& [page, text] : examples()) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("# ")) continue;
      for (auto at = line.find("airtap "); at != std::string::npos;
           at = line.find("airtap ", at + 1)) {
        if (at != 2 && line.substr(at - 2, 2) != "| ") continue;
        ++understood;
        expect_understood(line.substr(at));
      }
    }
  }
  EXPECT_GE(understood, 10);
}

}  // namespace
}  // namespace airtap
