// SPDX-License-Identifier: LGPL-2.1-or-later
#include "programs/host.h"

namespace airtap::test {

const std::string build = AIRTAP_BINARY_DIR;

void Host::SetUp() {
  NetNamespaceTest::SetUp();
  if (IsSkipped()) return;
  for (const char* place : {"/run", "/usr/libexec"})
    ASSERT_EQ(::mount("tmpfs", place, "tmpfs", 0, nullptr), 0) << place;
  // What is installed here, if anything, says nothing about this build.
  if (fs::exists("/etc/airtap")) ::mount("tmpfs", "/etc/airtap", "tmpfs", 0, nullptr);
  fs::create_directories("/usr/libexec/airtap");
  fs::create_symlink(build + "/tests/fake-libvirt.so", "/usr/libexec/airtap/virt.so");
  for (const char* folder : {"domains", "networks", "refuse"})
    fs::create_directories(libvirt / folder);
  lan_.emplace();
  ASSERT_TRUE(lan_->ready());
  run("ip link add cable0 type veth peer name lan0 netns " + lan_->pid());
  run("ip link set cable0 address 02:00:00:00:00:02");
  run("ip address add 10.77.0.2/24 dev cable0");
  run("ip link set cable0 up");
  lan_->run("ip address add 10.77.0.1/24 dev lan0");
  lan_->run("ip link set lan0 up");
  ASSERT_EQ(run("ip route add default via 10.77.0.1").status, 0);
}

void Host::TearDown() {
  lan_.reset();
  NetNamespaceTest::TearDown();
}

void Host::run_vm1() {
  fs::copy_file(libvirt / "domains/vm1.xml", libvirt / "domains/vm1.live");
  emulator_.emplace([] { ::execl("/bin/sleep", vm1_uuid.c_str(), "1000", nullptr); });
  fs::create_directories("/run/libvirt/qemu");
  std::ofstream("/run/libvirt/qemu/vm1.pid") << emulator_->pid() << "\n";
  // Until then the child is still a copy of us.
  ASSERT_TRUE(eventually([&] {
    return text_of("/proc/" + std::to_string(emulator_->pid()) + "/cmdline").starts_with(vm1_uuid);
  }));
}

std::string Host::residue() {
  std::string left;
  for (const auto& link : nlohmann::json::parse(run("ip -j link").output)) {
    const auto name = link.value("ifname", "");
    if (name.starts_with("air")) left += name + " ";
  }
  if (fs::exists("/run/airtap"))
    for (const auto& entry : fs::directory_iterator("/run/airtap"))
      left += entry.path().string() + " ";
  if (fs::exists("/sys/fs/bpf/airtap")) left += "/sys/fs/bpf/airtap";
  return left;
}

}  // namespace airtap::test
