// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/network_xml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "domain/domain_xml.h"
#include "domain/prefilter.h"

namespace airtap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view network_uuid = "0e8735c4-c39d-4b30-bc5b-2f401518ed63";
constexpr std::string_view port_uuid = "e3c93997-aee6-4c81-81a5-b8618e28a383";
constexpr std::string_view domain_uuid = "bf09dd35-0f14-e26c-ee9c-7391a28ff96e";

std::string element(std::string_view attributes) {
  return fmt::format(
      "<metadata><airtap:network xmlns:airtap='urn:airtap:network:1' {}/></metadata>", attributes);
}

std::string network(std::string_view more, std::string_view forward =
                                               "<forward mode='bridge'/>"
                                               "<bridge name='airbr-wlan0'/>") {
  return fmt::format("<network><name>airtap</name><uuid>{}</uuid>{}{}</network>", network_uuid,
                     more, forward);
}

std::string hook_data(std::string_view more_of_port = "") {
  return fmt::format(
      "<hookData>{}<networkport><uuid>{}</uuid><owner><name>vm1</name><uuid>{}</uuid></owner>"
      "<mac address='52:54:00:aa:00:01'/>{}<plug type='bridge' bridge='airbr-wlan0'/>"
      "</networkport></hookData>",
      network(element("mode='macnat'")), port_uuid, domain_uuid, more_of_port);
}

std::string error_of(const std::string& xml) {
  const auto document = parse_network(xml);
  return document ? "no error" : document.error().line();
}

TEST(NetworkXml, GivesWhatTheElementAsksFor) {
  const auto document =
      parse_network(network(element("mode='4addr' uplink='wlan0' addresses='4' isolate='yes' "
                                    "allow-server='yes'") +
                            "<port isolated='yes'/>"))
          .value();
  ASSERT_TRUE(document);
  const Network expected{.name = "airtap",
                         .uuid = std::string(network_uuid),
                         .bridge = "airbr-wlan0",
                         .ports_isolated = true,
                         .mode = Mode::four_addr,
                         .uplink = "wlan0",
                         .addresses = 4,
                         .isolate = true,
                         .allow_server = true};
  EXPECT_EQ(document->network, expected);
  EXPECT_FALSE(document->port);
}

TEST(NetworkXml, TheBridgesNameAloneMakesANetworkOurs) {
  EXPECT_TRUE(parse_network(network("")).value());
  EXPECT_FALSE(parse_network(network("", "<forward mode='bridge'/><bridge name='br0'/>")).value());
  EXPECT_FALSE(parse_network(network("", "<forward mode='nat'/><bridge name='virbr0'/>")).value());
}

TEST(NetworkXml, GivesThePortOfTheHook) {
  const auto document = parse_network(hook_data()).value();
  ASSERT_TRUE(document && document->port);
  const NetworkPort expected{.uuid = std::string(port_uuid),
                             .mac = MacAddress::parse("52:54:00:aa:00:01").value(),
                             .domain_name = "vm1",
                             .domain_uuid = std::string(domain_uuid)};
  EXPECT_EQ(*document->port, expected);
  EXPECT_TRUE(parse_network(hook_data("<bandwidth><inbound average='1'/></bandwidth>"))
                  .value()
                  ->port->has_bandwidth);
}

TEST(NetworkXml, WhatBecomesAFileNameIsAUuid) {
  std::string xml = hook_data();
  xml.replace(xml.find(port_uuid), port_uuid.size(), "../../../../../../../../etc/passwd--");
  EXPECT_THAT(error_of(xml), HasSubstr("is not a UUID"));
}

TEST(NetworkXml, RefusesWithAReason) {
  EXPECT_EQ(error_of(network(element("mode='macvtap'"))),
            "network XML: unknown mode 'macvtap' (modes: auto, macnat, 4addr, ipvtap, bridge, "
            "ipvlan, station)");
  EXPECT_THAT(error_of(network(element("alias='ua-lan'"))),
              HasSubstr("unknown attribute 'alias' in the metadata (attributes: mode, uplink, "));
  EXPECT_THAT(error_of(network(element("mode='macnat'"), "<forward mode='nat'/>")),
              HasSubstr("must forward to a bridge"));
  EXPECT_THAT(error_of(network("<metadata><a:network xmlns:a='urn:airtap:network:2'/></metadata>")),
              HasSubstr("namespace urn:airtap:network:2 is not known"));
  EXPECT_THAT(error_of("<hookData><network>"), HasSubstr("network XML, line 1"));
  EXPECT_THAT(error_of("<domain/>"), HasSubstr("the root element is <domain>"));
  EXPECT_THAT(error_of("<!DOCTYPE network []><network/>"), HasSubstr("it has a DOCTYPE"));
  EXPECT_THAT(error_of(""), HasSubstr("it is empty"));
}

TEST(NetworkXml, ThePrefilterLetsEveryNetworkOfOursThrough) {
  EXPECT_TRUE(network_may_concern_us(network("")));
  EXPECT_TRUE(network_may_concern_us(network(element("mode='ipvtap'"), "<forward mode='nat'/>")));
  EXPECT_FALSE(network_may_concern_us(network("", "<forward mode='nat'/><bridge name='virbr0'/>")));
}

constexpr std::string_view live_nic =
    "<interface type='bridge'><mac address='52:54:00:aa:00:01'/>"
    "<source network='airtap' portid='{}' bridge='{}'/><target dev='vnet0'/>{}</interface>";

std::string domain_with(const std::string& interface) {
  return fmt::format("<domain><name>vm1</name><uuid>{}</uuid><devices>{}</devices></domain>",
                     domain_uuid, interface);
}

TEST(NetworkPorts, AreFoundInALiveDomain) {
  const auto parse = [](const std::string& interface) {
    return parse_domain(domain_with(interface), {"airtap*"}).value();
  };
  const Domain vm = parse(fmt::format(live_nic, port_uuid, "airbr-wlan0", ""));
  EXPECT_THAT(vm.ports, ElementsAre(PortTap{std::string(port_uuid), "vnet0", false}));
  EXPECT_THAT(vm.nics, IsEmpty()) << "the network has brought it in";
  EXPECT_TRUE(parse(fmt::format(live_nic, port_uuid, "airbr-wlan0", "<filterref filter='x'/>"))
                  .ports[0]
                  .on_bridge_only);
  EXPECT_THAT(parse(fmt::format(live_nic, port_uuid, "virbr0", "")).ports, IsEmpty());
  EXPECT_THAT(parse(fmt::format(live_nic, "../x", "airbr-wlan0", "")).ports, IsEmpty());
}

TEST(NetworkPorts, AreFoundInLibvirtsStatusFile) {
  const auto status = [](std::string_view actual) {
    return fmt::format(
        "<!-- by libvirt -->\n<domstatus state='running' pid='378'><domain type='kvm'>"
        "<name>vm1</name><devices><interface type='network'><mac address='52:54:00:aa:00:01'/>"
        "<source network='airtap' portid='{}'/><actual type='bridge'>"
        "<source bridge='airbr-wlan0'/>{}</actual><target dev='vnet1'/></interface></devices>"
        "</domain></domstatus>",
        port_uuid, actual);
  };
  EXPECT_THAT(parse_port_taps(status("")).value(),
              ElementsAre(PortTap{std::string(port_uuid), "vnet1", false}));
  EXPECT_TRUE(parse_port_taps(status("<bandwidth/>")).value()[0].on_bridge_only);
  EXPECT_FALSE(parse_port_taps("<domstatus><domain>"));
}

TEST(BridgeNics, OnABridgeOfOursAreOurs) {
  const auto parse = [](std::string_view bridge) {
    return parse_domain(
               domain_with(fmt::format("<interface type='bridge'><mac address='52:54:00:aa:00:01'/>"
                                       "<source bridge='{}'/></interface>",
                                       bridge)),
               {"airtap*"})
        .value();
  };
  ASSERT_EQ(parse("airbr-wlan0").nics.size(), 1U);
  EXPECT_EQ(parse("airbr-wlan0").nics[0].bridge, "airbr-wlan0");
  EXPECT_FALSE(parse("airbr-wlan0").nics[0].device_is_ours);
  EXPECT_THAT(parse("br0").nics, IsEmpty());
  EXPECT_TRUE(may_concern_us("<source bridge='airbr-wlan0'/>"));
}

}  // namespace
}  // namespace airtap
