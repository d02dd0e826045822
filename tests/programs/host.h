// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A host for programs: namespaces of network and mounts with a cable to a LAN, nothing in /run, and
// a libvirt of files. Programs run as an administrator would, and `ip` tells what they did.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "programs/libvirt/places.h"
#include "support/net_namespace.h"

namespace airtap::test {

namespace fs = std::filesystem;

/// The build directory.
extern const std::string build;
inline const std::string vm1_uuid = "6a3c0d1e-0000-4000-8000-000000000001";

class Host : public NetNamespaceTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  static CommandResult airtap(const std::string& words) {
    return run(build + "/plugin/cli/airtap " + words);
  }

  static void refuse(const std::string& what) { std::ofstream(libvirt / "refuse" / what); }
  static void allow(const std::string& what) { fs::remove(libvirt / "refuse" / what); }

  static std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static std::string domain_xml(const std::string& name, const std::string& uuid,
                                const std::string& devices = "") {
    return "<domain type='kvm'>\n  <name>" + name + "</name>\n  <uuid>" + uuid +
           "</uuid>\n  <devices>\n" + devices + "  </devices>\n</domain>\n";
  }
  static void define(const std::string& name, const std::string& xml) {
    std::ofstream(libvirt / "domains" / (name + ".xml")) << xml;
  }

  /// vm1 runs: its emulator is a process that libvirt's pid file names and that names vm1's UUID.
  void run_vm1();
  static std::string vm1() { return text_of(libvirt / "domains/vm1.xml"); }
  static std::string live_vm1() { return text_of(libvirt / "domains/vm1.live"); }

  template <class Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  /// What of airtap's is in the kernel or in /run.
  static std::string residue();

  std::optional<Machine> lan_;
  std::optional<Child> emulator_;
};

}  // namespace airtap::test
