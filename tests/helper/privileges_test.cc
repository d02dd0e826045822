// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What each program may do, looked at from outside while it is held at a place where it waits; and
// the ways an administrator can turn the helper on.
#include <cap-ng.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "helper/stage.h"
#include "record/store.h"

namespace airtap::test {
namespace {

namespace fs = std::filesystem;
using Capabilities = std::initializer_list<unsigned>;

class Privileges : public GuestStage {
 protected:
  static Call asking(const std::string& name) {
    Call one = GuestStage::asking(name);
    one.environment = {"SECRET=1"};
    return one;
  }
  /// Nobody reads what it has to say, so there it waits.
  Running start_mute(const std::string& name) {
    Call one = asking(name);
    one.at_last = [](int) { fill(STDERR_FILENO); };
    return start(one);
  }
  static std::string proc(pid_t pid, const std::string& file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
  }
  static pid_t child_of(pid_t pid) {
    pid_t child = -1;
    for (int i = 0; i < 250 && child < 0; ++i, ::usleep(20000))
      std::ifstream(proc(pid, "task/" + std::to_string(pid) + "/children")) >> child;
    return child;
  }
  /// Once its filter is in place.
  static std::string status_of(pid_t pid) {
    std::string status;
    for (int i = 0; i < 250 && status.find("\nSeccomp:\t2\n") == std::string::npos; ++i) {
      ::usleep(20000);
      status = text_of(proc(pid, "status"));
    }
    return status;
  }
  static std::string line(const std::string& key, std::uint64_t set) {
    char text[64];
    std::snprintf(text, sizeof text, "\n%s:\t%016llx\n", key.c_str(),
                  static_cast<unsigned long long>(set));
    return text;
  }
  /// Of these, those that there are for root here.
  static std::uint64_t mask(Capabilities capabilities) {
    EXPECT_EQ(capng_get_caps_process(), 0);
    std::uint64_t set = 0;
    for (const unsigned capability : capabilities)
      if (capng_have_capability(CAPNG_PERMITTED, capability) != 0)
        set |= std::uint64_t{1} << capability;
    return set;
  }
  static void expect_lines(const std::string& status, const std::vector<std::string>& lines) {
    for (const std::string& one : lines)
      EXPECT_NE(status.find(one), std::string::npos) << one << "is not in\n" << status;
  }
  static void expect_ids(const std::string& status, unsigned uid) {
    const std::string id = "\t" + std::to_string(uid);
    expect_lines(status,
                 {"\nUid:" + id + id + id + id + "\n", "\nGid:" + id + id + id + id + "\n"});
  }
  /// Not the set-user-ID bit but these, as setcap(8) writes them.
  static void give_file_capabilities(Capabilities capabilities) {
    ::chmod(ours.c_str(), 0755);
    capng_clear(CAPNG_SELECT_BOTH);
    for (const unsigned capability : capabilities)
      capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                   capability);
    const UniqueFd file(::open(ours.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(capng_apply_caps_fd(file.get()), 0);
  }
};

TEST_F(Privileges, ABridgeIsServedByTheCallerWithOneCapability) {
  Running held = start_mute("br1");
  const std::string status = status_of(held.pid);
  expect_ids(status, caller_uid);
  const std::uint64_t one = mask({CAP_NET_ADMIN});
  expect_lines(status,
               {line("CapPrm", one), line("CapEff", one), line("CapInh", 0), line("CapAmb", 0),
                line("CapBnd", 0), "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"});
  EXPECT_EQ(finish(std::move(held)).status, 1);
}

TEST_F(Privileges, TheListIsReadByTheCallerAndNothingMore) {
  Running held = start_mute("airtap-none");
  const std::string status = status_of(child_of(held.pid));
  expect_ids(status, caller_uid);
  expect_lines(status, {line("CapPrm", 0), line("CapEff", 0), line("CapBnd", 0),
                        "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"});
  // Whoever waits for that answer has kept what it takes to go on.
  const std::uint64_t rest = mask({CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_SYS_RESOURCE,
                                   CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF, CAP_PERFMON});
  expect_lines(text_of(proc(held.pid, "status")),
               {line("CapPrm", rest), line("CapEff", rest), line("CapBnd", rest)});
  EXPECT_EQ(finish(std::move(held)).status, 1);
}

TEST_F(Privileges, AGuestIsMadeWithFourCapabilities) {
  auto lock = RecordStore("/run/airtap").lock(std::chrono::milliseconds(1000));
  ASSERT_TRUE(lock);
  Running held = start(asking("airtap"));
  const std::string status = status_of(held.pid);
  EXPECT_EQ(fs::read_symlink(proc(held.pid, "exe")), "/usr/libexec/airtap/bridge-guest");
  EXPECT_EQ(text_of(proc(held.pid, "environ")), "");
  expect_ids(status, 0);
  const std::uint64_t four = mask({CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF, CAP_PERFMON});
  expect_lines(status,
               {line("CapPrm", four), line("CapEff", four), line("CapInh", 0), line("CapAmb", 0),
                line("CapBnd", four), "\nGroups:\t \n", "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"});
  lock = fail("given back");
  const Outcome outcome = finish(std::move(held));
  EXPECT_EQ(outcome.status, 0) << outcome.said;
  EXPECT_TRUE(outcome.device);
}

TEST_F(Privileges, WithOneFileCapabilityItServesBridges) {
  give_file_capabilities({CAP_NET_ADMIN});
  Outcome outcome = call(asking("br0"));
  EXPECT_EQ(outcome.status, 0) << outcome.said;
  EXPECT_TRUE(outcome.device);
  outcome = call(asking("airtap"));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.said.find("chmod u+s"), std::string::npos) << outcome.said;
  EXPECT_EQ(call(asking("br1")).status, 1);
}

TEST_F(Privileges, WithThreeFileCapabilitiesItServesEverything) {
  give_file_capabilities({CAP_NET_ADMIN, CAP_SETGID, CAP_SETUID});
  for (const char* name : {"br0", "airtap"}) {
    const Outcome outcome = call(asking(name));
    EXPECT_EQ(outcome.status, 0) << outcome.said;
    EXPECT_TRUE(outcome.device);
  }
  EXPECT_EQ(residue_after(5000), "");
  allow("allow br0\n");
  EXPECT_EQ(call(asking("airtap")).status, 1);
  EXPECT_EQ(residue_after(5000), "");
}

TEST_F(Privileges, OneGroupAloneMayHaveIt) {
  run("chgrp 4300 " + ours);
  run("chmod 4750 " + ours);
  Call one = asking("airtap");
  EXPECT_EQ(call(one).status, 98) << "not to be run";
  one.groups = {4300};
  const Outcome outcome = call(one);
  EXPECT_EQ(outcome.status, 0) << outcome.said;
  EXPECT_TRUE(outcome.device);
}

}  // namespace
}  // namespace airtap::test
