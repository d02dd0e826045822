// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_hook.h"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "await_tap.h"
#include "support/builders.h"
#include "support/session_test.h"

namespace airtap {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

constexpr const char* port = "e3c93997-aee6-4c81-81a5-b8618e28a383";

class NetworkHook : public test::SessionTest {
 protected:
  NetworkHook() {
    document.network = {.name = "airtap",
                        .uuid = "0e8735c4-c39d-4b30-bc5b-2f401518ed63",
                        .bridge = "airbr-wlan0",
                        .mode = Mode::macnat};
    processes.networks = {"airtap"};
  }
  Result<> run(const std::string& operation) {
    Session now = session();
    return run_network_hook({"airtap", operation, libvirtd}, document, now);
  }
  void with_port() {
    document.port = {.uuid = port,
                     .mac = test::mac("52:54:00:00:00:01"),
                     .domain_name = "vm1",
                     .domain_uuid = "bf09dd35-0f14-e26c-ee9c-7391a28ff96e"};
  }

  NetworkDocument document;
};

TEST_F(NetworkHook, FollowsNetworkAndPortFromBeginningToEnd) {
  const auto before = kernel.state;
  ASSERT_TRUE(run("start"));
  ASSERT_TRUE(kernel.state.links.contains("airbr-wlan0"));
  with_port();
  ASSERT_TRUE(run("port-created"));
  EXPECT_EQ(kernel.state.pins["wlan0"].size(), 1U);
  ASSERT_TRUE(run("port-deleted"));
  EXPECT_TRUE(kernel.state.pins["wlan0"].empty());
  document.port.reset();
  ASSERT_TRUE(run("stopped"));
  EXPECT_EQ(kernel.state, before);
}

TEST_F(NetworkHook, AnErrorNamesWhatTheUserHasStarted) {
  document.network.mode = Mode::bridge;
  EXPECT_THAT(run("start").error().line(), StartsWith("network airtap: bridge: wlan0 is a Wi-Fi"));
  document.network.mode = Mode::macnat;
  kernel.state.links["wlan0"].carrier = false;
  with_port();
  EXPECT_THAT(run("port-created").error().line(), StartsWith("vm1: 52:54:00:00:00:01: wlan0 is "));
}

class AwaitTap : public NetworkHook {
 protected:
  void write_status() const {
    const auto aside = directory / "vm1.new";
    std::ofstream(aside) << "<domstatus><domain><devices><interface type='network'><source "
                            "network='airtap' portid='"
                         << port
                         << "'/><actual type='bridge'><source bridge='airbr-wlan0'/></actual>"
                            "<target dev='vnet7'/></interface></devices></domain></domstatus>";
    std::filesystem::rename(aside, status);
  }
  std::filesystem::path status = directory / "vm1.xml";
};

TEST_F(AwaitTap, FindsItWhenLibvirtHasWrittenItDown) {
  std::thread libvirt([&] {
    std::this_thread::sleep_for(150ms);
    write_status();
  });
  const auto tap = await_tap(
      status, port, [] { return true; }, 20s);
  libvirt.join();
  ASSERT_TRUE(tap);
  EXPECT_EQ(tap->tap, "vnet7");
}

TEST_F(AwaitTap, GivesUpInTimeAndWhenNobodyWantsItAnyMore) {
  EXPECT_FALSE(await_tap(
      status, port, [] { return true; }, 0ms));
  int asked = 0;
  EXPECT_FALSE(await_tap(
      status, port, [&] { return ++asked < 3; }, 20s));
  write_status();
  EXPECT_TRUE(await_tap(
      status, port, [] { return true; }, 0ms))
      << "there already";
}

}  // namespace
}  // namespace airtap
