// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The rules that a machine can check: who may include whom (plugin/README.md), a licence line in
// every source, the size of a file.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;
const fs::path root = AIRTAP_SOURCE_DIR;
constexpr int max_lines = 400;

/// Folder → folders it may include from, besides itself.
const std::map<std::string, std::set<std::string>> arrows{
    {"plugin/base", {}},
    {"plugin/model", {"base"}},
    {"plugin/domain", {"base", "model"}},
    {"plugin/config", {"base", "model"}},
    {"plugin/plan", {"base", "model", "config"}},
    {"plugin/datapath", {}},
    {"plugin/kernel", {"base", "model", "datapath"}},
    {"plugin/record", {"base", "model"}},
    {"plugin/apply", {"base", "model", "plan", "kernel", "record"}},
    {"plugin/session", {"base", "model", "config", "plan", "kernel", "record", "apply"}},
    {"plugin/virt", {"base"}},
    {"plugin/doctor", {"base", "model", "config", "plan", "kernel", "record", "apply", "session"}},
    {"plugin/cli",
     {"base", "doctor", "model", "config", "domain", "plan", "kernel", "record", "session",
      "virt"}},
    {"plugin/monitor", {"base", "model", "config", "kernel", "record", "session"}},
    {"qemu-helper", {"base", "model", "config", "kernel", "record", "session"}},
    {"hooks", {"base", "model", "config", "domain", "kernel", "record", "session"}},
};

/// Headers of libraries that may appear in one place only.
const std::map<std::string, std::string> homes{
    {"libxml/", "plugin/domain"},  {"toml++", "plugin/config"},
    {"libvirt/", "plugin/virt"},   {"bpf/", "plugin/kernel"},
    {"netlink/", "plugin/kernel"}, {"linux/nl80211.h", "plugin/kernel"},
    {"cap-ng.h", "qemu-helper"},   {"seccomp.h", "qemu-helper"}};

/// The seam itself may be included by those above; its implementations only by programs.
const std::set<std::string> seam_headers{
    "kernel/kernel.h", "kernel/links.h",    "kernel/taps.h",       "kernel/wireless.h",
    "kernel/reach.h",  "kernel/datapath.h", "kernel/supplicants.h"};

bool is_source(const fs::path& path) {
  static const std::set<std::string> endings{".h", ".cc", ".c"};
  return endings.contains(path.extension().string());
}

template <class F>
void each_line(const fs::path& file, F&& f) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) f(line);
}

/// What is wrong with `folder` including `header`; empty when nothing is.
std::string objection(const std::string& folder, const std::string& header) {
  if (folder == "plugin/datapath") return {};  // C for the BPF compiler: libbpf and the uapi
  for (const auto& [library, home] : homes)
    if (header.starts_with(library) && folder != home) return "that library lives in " + home;
  const std::string target = header.substr(0, header.find('/'));
  const bool ours = header.find('/') != std::string::npos && arrows.contains("plugin/" + target);
  if (!ours || target == fs::path(folder).filename()) return {};
  if (!arrows.at(folder).contains(target)) return "there is no arrow";
  const bool above_the_seam = folder == "plugin/apply" || folder == "plugin/session";
  if (target == "kernel" && above_the_seam && !seam_headers.contains(header))
    return "that is behind the seam";
  return {};
}

TEST(HouseRules, IncludesFollowTheArrows) {
  const std::regex include(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
  for (const auto& arrow : arrows) {
    const std::string& folder = arrow.first;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!is_source(entry.path())) continue;
      each_line(entry.path(), [&](const std::string& line) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) return;
        EXPECT_EQ(objection(folder, match[1]), "") << entry.path() << " includes " << match[1];
      });
    }
  }
}

TEST(HouseRules, TheyObjectToWhatIsWrong) {
  EXPECT_NE(objection("plugin/plan", "kernel/links.h"), "");
  EXPECT_NE(objection("plugin/plan", "libxml/tree.h"), "");
  EXPECT_NE(objection("plugin/session", "kernel/rt_links.h"), "");
  EXPECT_EQ(objection("plugin/session", "kernel/links.h"), "");
}

bool is_text_of_ours(const fs::path& relative) {
  const std::string text = relative.string();
  static const std::set<std::string> endings{".h",  ".cc",  ".c",       ".cmake", ".sh",
                                             ".py", ".rng", ".service", ".in"};
  return endings.contains(relative.extension().string()) ||
         relative.filename() == "CMakeLists.txt" || text == "tests/try" || text == "tests/run" ||
         text == ".ci/run";
}

TEST(HouseRules, EverySourceCarriesItsLicenceAndOneIdea) {
  for (const char* top :
       {"plugin", "hooks", "qemu-helper", "xml-schemas", "tests", "packaging", ".ci"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const fs::path relative = fs::relative(entry.path(), root);
      if (!entry.is_regular_file() || !is_text_of_ours(relative)) continue;
      int lines = 0;
      bool licence = false;
      each_line(entry.path(), [&](const std::string& line) {
        if (++lines <= 5) licence |= line.find("SPDX-License-Identifier:") != std::string::npos;
      });
      EXPECT_TRUE(licence) << relative << " has no SPDX line";
      if (!relative.string().starts_with("tests/")) {
        EXPECT_LE(lines, max_lines) << relative << " holds more than one idea";
      }
    }
  }
}

TEST(HouseRules, EveryFolderSaysWhatLivesThere) {
  for (const auto& [folder, allowed] : arrows)
    EXPECT_TRUE(fs::exists(root / folder / "README.md")) << folder;
}

}  // namespace
