// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The module on libvirt's own test driver, which keeps everything in memory.
#include <gmock/gmock.h>

#include <algorithm>

#include "support/command.h"
#include "virt/load.h"

namespace airtap {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

const std::string build = AIRTAP_BINARY_DIR;
const std::string module = build + "/plugin/virt/virt.so";

class Libvirt : public testing::Test {
 protected:
  std::unique_ptr<Hypervisor> libvirt = open_hypervisor(module, "test:///default").value();
};

TEST_F(Libvirt, KnowsDomainsByNameAndUuid) {
  const auto by_name = libvirt->domain("test").value();
  EXPECT_TRUE(by_name.running);
  EXPECT_TRUE(by_name.persistent);
  EXPECT_THAT(by_name.xml, HasSubstr("<name>test</name>"));
  EXPECT_EQ(libvirt->domain(by_name.uuid).value().name, "test");
  EXPECT_THAT(libvirt->domains().value(), Contains(Field(&VirtDomain::name, "test")));
  EXPECT_THAT(libvirt->running_xml(by_name).value(), HasSubstr("<domain type='test' id="));
  EXPECT_EQ(libvirt->domain("nosuch").error().line(),
            "there is no domain nosuch (see 'virsh list --all' for those there are)");
}

TEST_F(Libvirt, DefinesADomainAnewOrSaysWhyNot) {
  auto domain = libvirt->domain("test").value();
  const auto at = domain.xml.find("</name>");
  ASSERT_TRUE(libvirt->define_domain(domain.xml.insert(at + 7, "<title>changed</title>")));
  EXPECT_THAT(libvirt->domain("test").value().xml, HasSubstr("changed"));
  EXPECT_THAT(libvirt->define_domain("<domain>").error().line(),
              HasSubstr("libvirt refuses the definition: "));
}

TEST_F(Libvirt, TakesANetworkFromDefinitionToItsEnd) {
  EXPECT_FALSE(libvirt->network("airtap").value());
  ASSERT_TRUE(libvirt->define_network(
      "<network><name>airtap</name><forward mode='bridge'/><bridge name='airbr-x'/></network>"));
  const auto network = libvirt->network("airtap").value().value();
  EXPECT_FALSE(network.running || network.autostart);
  ASSERT_TRUE(libvirt->start_network(network));
  // This driver cannot tell the definition of a network that runs; the testbed's can.
  ASSERT_TRUE(libvirt->set_network_autostart(network));
  EXPECT_THAT(libvirt->start_network(network).error().line(),
              HasSubstr("libvirt cannot start network airtap: "));
  ASSERT_TRUE(libvirt->stop_network(network));
  EXPECT_TRUE(libvirt->network("airtap").value()->autostart);
  ASSERT_TRUE(libvirt->undefine_network(network));
  EXPECT_FALSE(libvirt->network("airtap").value());
}

TEST(LibvirtModule, SaysWhyItCannotBeHad) {
  EXPECT_THAT(open_hypervisor("/nosuch/virt.so", "test:///default").error().line(),
              HasSubstr("cannot load libvirt: /nosuch/virt.so"));
  EXPECT_THAT(open_hypervisor(module, "nosuch:///x").error().line(),
              HasSubstr("cannot connect to libvirt (nosuch:///x)"));
}

TEST(LibvirtModule, OnlyTheModuleIsLinkedWithLibvirt) {
  EXPECT_THAT(test::run("ldd " + module).output, HasSubstr("libvirt.so"));
  for (const char* program :
       {"/hooks/airtap-qemu-hook-program", "/hooks/airtap-network-hook-program",
        "/hooks/airtap-hook", "/hooks/airtap-network-hook", "/plugin/cli/airtap"}) {
    const auto found = test::run("readelf -d " + build + program);
    EXPECT_EQ(found.status, 0) << program;
    EXPECT_THAT(found.output, Not(HasSubstr("libvirt.so"))) << program;
  }
}

}  // namespace
}  // namespace airtap
