// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "domain/domain_xml.h"
#include "domain/edit.h"
#include "domain/network_xml.h"
#include "domain/write_xml.h"
#include "support/builders.h"

namespace airtap {
namespace {

using testing::HasSubstr;

/// As libvirt prints it, with libxml2's quotes.
const std::string plain = R"(<domain type="qemu">
  <name>vm1</name>
  <uuid>bf09dd35-0f14-e26c-ee9c-7391a28ff96e</uuid>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <interface type="network">
      <mac address="52:54:00:00:00:09"/>
      <source network="default"/>
    </interface>
    <memballoon model="none"/>
  </devices>
</domain>
)";

const std::string with_nic = R"(<domain type="qemu">
  <name>vm1</name>
  <uuid>bf09dd35-0f14-e26c-ee9c-7391a28ff96e</uuid>
  <metadata>
    <airtap:guest xmlns:airtap="urn:airtap:domain:1">
      <airtap:nic alias="ua-airtap1" mode="ipvtap"/>
    </airtap:guest>
  </metadata>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <interface type="network">
      <mac address="52:54:00:00:00:09"/>
      <source network="default"/>
    </interface>
    <interface type="ethernet">
      <mac address="52:54:00:00:00:01"/>
      <target dev="airtap1" managed="no"/>
      <model type="virtio"/>
      <alias name="ua-airtap1"/>
    </interface>
    <memballoon model="none"/>
  </devices>
</domain>
)";

TEST(DomainEdit, AddsInterfaceAndMetadataAsLibvirtWouldWriteThem) {
  EXPECT_EQ(add_nic(plain, test::nic(1, Mode::ipvtap), "ua-airtap1").value(), with_nic);
}

TEST(DomainEdit, TakesAwayWhatItHasAdded) {
  EXPECT_EQ(remove_nic(with_nic, test::nic(1).mac).value(), plain);
}

TEST(DomainEdit, LeavesTheNicsOfOthersAndOtherPeoplesMetadata) {
  std::string foreign = plain;
  foreign.insert(
      foreign.find("  <devices>"),
      "  <metadata>\n    <x:y xmlns:x=\"urn:x\">some <x:z/> text</x:y>\n  </metadata>\n");
  const auto one = add_nic(foreign, test::nic(1), "ua-one").value();
  const auto two = add_nic(one, test::nic(2), "ua-two").value();
  EXPECT_EQ(parse_domain(two, {}).value().nics.size(), 2U);
  EXPECT_EQ(remove_nic(two, test::nic(2).mac).value(), one);
  EXPECT_EQ(remove_nic(one, test::nic(1).mac).value(), foreign);
}

TEST(DomainEdit, WritesEveryWish) {
  GuestNic nic = test::nic(1, Mode::macnat);
  nic.uplink = "wlan0";
  nic.addresses = 4;
  nic.isolate = nic.allow_server = true;
  nic.queues = 4;
  nic.mtu = 1400;
  auto read = parse_domain(add_nic(plain, nic, "ua-lan").value(), {}).value().nics.at(0);
  read.label = nic.label;
  EXPECT_EQ(read, nic);
}

TEST(DomainEdit, EveryExampleComesBackAsItWas) {
  const auto examples = std::filesystem::path(AIRTAP_SOURCE_DIR) / "xml-schemas/examples";
  for (const auto& entry : std::filesystem::directory_iterator(examples)) {
    if (entry.path().extension() != ".xml") continue;
    std::ifstream in(entry.path());
    const std::string xml(std::istreambuf_iterator<char>(in), {});
    const auto added = add_nic(xml, test::nic(9), "ua-new");
    ASSERT_TRUE(added) << entry.path();
    EXPECT_EQ(remove_nic(*added, test::nic(9).mac).value(), unchanged(xml).value()) << entry.path();
  }
}

TEST(DomainEdit, RefusesWhatIsNoDomain) {
  EXPECT_THAT(add_nic("<network/>", test::nic(1), "ua-x").error().line(),
              HasSubstr("not a domain"));
  EXPECT_THAT(add_nic("<domain/>", test::nic(1), "ua-x").error().line(), HasSubstr("no <devices>"));
  EXPECT_THAT(remove_nic(plain, test::nic(1).mac).error().line(),
              HasSubstr("no interface has MAC 52:54:00:00:00:01"));
}

TEST(WriteXml, ANetworkIsReadAsItWasWritten) {
  const Network network{.name = "o'brien & <sons>",
                        .uuid = "0e8735c4-c39d-4b30-bc5b-2f401518ed63",
                        .bridge = "airbr-wlan0",
                        .ports_isolated = true,
                        .mode = Mode::four_addr,
                        .uplink = "wlan0",
                        .addresses = 4,
                        .isolate = true,
                        .allow_server = true};
  EXPECT_EQ(parse_network(network_xml(network)).value()->network, network);
}

}  // namespace
}  // namespace airtap
