// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/config.h"
#include "support/temp_directory.h"

namespace airtap {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class LoadConfig : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((etc_ / name).parent_path());
    std::ofstream(etc_ / name) << text;
  }
  Config loaded() const {
    const auto config = load_config(etc_);
    if (!config) ADD_FAILURE() << config.error().line();
    return config.value_or(Config{});
  }
  std::string error() const {
    const auto config = load_config(etc_);
    return config ? "no error" : config.error().line();
  }

  test::TempDirectory etc_;
};

TEST_F(LoadConfig, GivesTheDefaultsWhereThereIsNoFile) {
  EXPECT_EQ(loaded(), Config{});
  EXPECT_EQ(load_config(etc_ / "missing").value(), Config{});
}

TEST_F(LoadConfig, ReadsTheFileWithoutTheDirectoryAndTheOtherWayRound) {
  write("airtap.toml", "addresses = 5");
  EXPECT_EQ(loaded().addresses, 5u);
  fs::remove(etc_ / "airtap.toml");
  write("airtap.d/a.toml", "addresses = 6");
  EXPECT_EQ(loaded().addresses, 6u);
}

TEST_F(LoadConfig, LetsLaterFilesReplaceKeysOfEarlierOnes) {
  write("airtap.d/20-b.toml", "addresses = 20\n");
  write("airtap.d/10-a.toml", "addresses = 10\nmode = 'ipvtap'\n[allow]\nserver = true\n");
  write("airtap.toml", "addresses = 1\nuplink = 'wlan0'\nmode = 'macnat'\n");
  const Config config = loaded();
  EXPECT_EQ(config.addresses, 20u);
  EXPECT_EQ(config.mode, Mode::ipvtap);
  EXPECT_EQ(config.uplink, "wlan0");
  EXPECT_TRUE(config.allow_server);
}

TEST_F(LoadConfig, ReadsInTheOrderOfNamesWhateverOrderTheDirectoryHas) {
  // 7 and 23 share no factor: every number from 10 to 32 once, in no order.
  for (int i = 0; i < 23; ++i) {
    const std::string number = std::to_string(10 + i * 7 % 23);
    write("airtap.d/" + number + ".toml",
          "addresses = " + number + (number < "31" ? "\nuplink = 'wlan" + number + "'" : ""));
  }
  const Config config = loaded();
  EXPECT_EQ(config.addresses, 32u);
  EXPECT_EQ(config.uplink, "wlan30");
}

TEST_F(LoadConfig, PassesOverFilesWithoutTheEnding) {
  write("airtap.d/a.toml.dpkg-old", "nonsense");
  write("airtap.d/README", "nonsense");
  write("airtap.d/.toml", "nonsense");
  EXPECT_EQ(loaded(), Config{});
}

TEST_F(LoadConfig, NamesTheFileThatIsWrong) {
  write("airtap.d/a.toml", "\nmode = 'x'\n");
  EXPECT_THAT(error(), StartsWith((etc_ / "airtap.d/a.toml").string() +
                                  ", line 2, column 8: unknown mode 'x'"));
}

TEST_F(LoadConfig, FailsWhenAFileIsThereAndCannotBeRead) {
  fs::create_directories(etc_ / "airtap.toml");
  EXPECT_THAT(error(), HasSubstr("airtap.toml: it is not a regular file"));
}

TEST_F(LoadConfig, FailsWhenTheDirectoryIsNone) {
  write("airtap.d", "addresses = 4");
  EXPECT_THAT(error(), HasSubstr("airtap.d: Not a directory"));
}

TEST_F(LoadConfig, RefusesAFileThatIsTooLong) {
  write("airtap.toml", std::string(max_config_file, '\n'));
  EXPECT_EQ(error(), "no error");
  write("airtap.toml", std::string(max_config_file + 1, '\n'));
  EXPECT_THAT(error(), HasSubstr("it has more than 1048576 bytes"));
}

}  // namespace
}  // namespace airtap
