// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What every test of the session starts from: a laptop in memory, records in a directory of its
// own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "session/session.h"
#include "support/fake_kernel.h"
#include "support/fake_processes.h"
#include "support/temp_directory.h"

namespace airtap::test {

class SessionTest : public testing::Test {
 protected:
  /// A fresh one each time, like the process of a hook.
  Session session() { return {kernel.seam(), config, RecordStore(records()), processes}; }
  std::filesystem::path records() const { return directory / "run"; }
  /// Records there are.
  std::size_t files() const {
    if (!std::filesystem::exists(records())) return 0;
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(records()), {}));
  }

  TempDirectory directory;
  FakeKernel kernel = FakeKernel::laptop();
  Config config;
  FakeProcesses processes;
  ProcessId libvirtd{1, 1};
};

}  // namespace airtap::test
