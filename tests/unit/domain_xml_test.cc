// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domain/domain_xml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>

namespace airtap {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::vector<std::string> claim{"airtap*"};
constexpr std::string_view uuid = "6a1f0000-0000-4000-8000-000000000001";

/// A domain with these nic elements and these interfaces.
std::string domain(std::string_view nics, std::string_view interfaces) {
  const std::string guest =
      nics.empty() ? ""
                   : fmt::format(
                         "<metadata><airtap:guest xmlns:airtap='urn:airtap:domain:1'>{}"
                         "</airtap:guest></metadata>",
                         nics);
  return fmt::format(
      "<domain type='kvm'><name>vm1</name><uuid>{}</uuid>{}<devices>{}</devices></domain>", uuid,
      guest, interfaces);
}

/// An ethernet interface ua-lan with this MAC and whatever `more` says; its target is not claimed.
std::string ethernet(std::string_view more = "", std::string_view mac = "52:54:00:00:00:01") {
  return fmt::format(
      "<interface type='ethernet'><mac address='{}'/><target dev='guest0' managed='no'/>"
      "<alias name='ua-lan'/>{}</interface>",
      mac, more);
}

Domain parsed(const std::string& xml) {
  const auto result = parse_domain(xml, claim);
  if (!result) {
    ADD_FAILURE() << result.error().line();
    return {};
  }
  return *result;
}

std::string error_of(const std::string& xml) {
  const auto result = parse_domain(xml, claim);
  return result ? "no error" : result.error().line();
}

std::string error_of_nic(std::string_view nic) { return error_of(domain(nic, ethernet())); }

TEST(DomainXml, GivesNameAndUuidOfTheDomain) {
  const Domain vm = parsed(domain("<airtap:nic alias='ua-lan'/>", ethernet()));
  EXPECT_EQ(vm.name, "vm1");
  EXPECT_EQ(vm.uuid, uuid);
}

TEST(DomainXml, PassesOverADomainWithoutNicsOfOurs) {
  EXPECT_THAT(parsed("<domain/>").nics, IsEmpty());
  EXPECT_THAT(parsed(domain("",
                            "<interface type='network'><source network='default'/>"
                            "<target dev='airtap0'/></interface>" +
                                ethernet()))
                  .nics,
              IsEmpty());
}

TEST(DomainXml, JoinsMetadataByUserAlias) {
  const Domain vm = parsed(
      domain("<airtap:nic alias='ua-lan' mode='ipvtap' uplink='wlan0' addresses='4' isolate='yes' "
             "allow-server='yes'/>",
             ethernet()));
  GuestNic expected;
  expected.label = "ua-lan";
  expected.mac = MacAddress::parse("52:54:00:00:00:01").value();
  expected.target = "guest0";
  expected.device_is_ours = true;
  expected.mode = Mode::ipvtap;
  expected.uplink = "wlan0";
  expected.addresses = 4;
  expected.isolate = true;
  expected.allow_server = true;
  EXPECT_THAT(vm.nics, ElementsAre(expected));
}

TEST(DomainXml, JoinsMetadataByMacInAnyCase) {
  const Domain vm =
      parsed(domain("<airtap:nic mac='52:54:00:AA:00:01' mode='4addr'/>",
                    "<interface type='ethernet'><mac address='52:54:00:aa:00:01'/></interface>"));
  ASSERT_EQ(vm.nics.size(), 1u);
  EXPECT_EQ(vm.nics[0].label, "52:54:00:aa:00:01");
  EXPECT_EQ(vm.nics[0].mode, Mode::four_addr);
  EXPECT_EQ(vm.nics[0].target, "");
}

TEST(DomainXml, LeavesToTheConfigurationWhatMetadataDoesNotSay) {
  const Domain vm =
      parsed(domain("<airtap:nic alias='ua-lan' isolate='no' allow-server='no'/>", ethernet()));
  ASSERT_EQ(vm.nics.size(), 1u);
  EXPECT_FALSE(vm.nics[0].mode || vm.nics[0].uplink || vm.nics[0].addresses);
  EXPECT_FALSE(vm.nics[0].isolate || vm.nics[0].allow_server);
}

TEST(DomainXml, ClaimsEthernetInterfacesByTheNameOfTheirTarget) {
  const std::string xml =
      domain("",
             "<interface type='ethernet'><mac address='52:54:00:00:00:01'/><target dev='airtap7'/>"
             "<alias name='net0'/></interface>");
  const Domain vm = parsed(xml);
  ASSERT_EQ(vm.nics.size(), 1u);
  EXPECT_EQ(vm.nics[0].label, "52:54:00:00:00:01") << "net0 is not a user alias";
  EXPECT_FALSE(vm.nics[0].device_is_ours) << "without managed='no' libvirt makes it";
  EXPECT_THAT(parse_domain(xml, {"other*"}).value().nics, IsEmpty());
  EXPECT_THAT(parse_domain(xml, {}).value().nics, IsEmpty());
  EXPECT_EQ(parse_domain(xml, {"other*", "*7"}).value().nics.size(), 1u);
}

TEST(DomainXml, ReadsWhatLibvirtLeavesToUs) {
  const Domain vm =
      parsed(domain("<airtap:nic alias='ua-lan'/>",
                    ethernet("<driver name='vhost' queues='4'/><mtu size='1400'/>"
                             "<source><ip address='10.0.0.1'/></source><bandwidth/><filterref/>")));
  ASSERT_EQ(vm.nics.size(), 1u);
  EXPECT_EQ(vm.nics[0].queues, 4u);
  EXPECT_EQ(vm.nics[0].mtu, 1400u);
  EXPECT_TRUE(vm.nics[0].has_source_ip);
  EXPECT_TRUE(vm.nics[0].has_bandwidth);
  EXPECT_TRUE(vm.nics[0].has_filterref);
}

TEST(DomainXml, SeesRoutesOfTheHostToo) {
  const Domain vm = parsed(domain("<airtap:nic alias='ua-lan'/>",
                                  ethernet("<source><route address='10.0.0.0'/></source>")));
  ASSERT_EQ(vm.nics.size(), 1u);
  EXPECT_TRUE(vm.nics[0].has_source_ip);
}

TEST(DomainXml, HasDefaultsForWhatIsNotThere) {
  const Domain vm = parsed(domain("<airtap:nic alias='ua-lan'/>", ethernet("<source/>")));
  ASSERT_EQ(vm.nics.size(), 1u);
  EXPECT_EQ(vm.nics[0].queues, 1u);
  EXPECT_EQ(vm.nics[0].mtu, std::nullopt);
  EXPECT_FALSE(vm.nics[0].has_source_ip || vm.nics[0].has_bandwidth || vm.nics[0].has_filterref);
}

TEST(DomainXml, KeepsTheOrderOfTheInterfacesWhereverTheMetadataIs) {
  const std::string xml = fmt::format(
      "<domain><devices>"
      "<interface type='ethernet'><mac address='52:54:00:00:00:01'/><alias "
      "name='ua-a'/></interface>"
      "<interface type='ethernet'><mac address='52:54:00:00:00:02'/><alias "
      "name='ua-b'/></interface>"
      "</devices><metadata><g:guest xmlns:g='urn:airtap:domain:1'><g:nic alias='ua-b'/>"
      "<g:nic alias='ua-a'/></g:guest></metadata><uuid>{}</uuid><name>vm1</name></domain>",
      uuid);
  EXPECT_THAT(parsed(xml).nics,
              ElementsAre(Field(&GuestNic::label, "ua-a"), Field(&GuestNic::label, "ua-b")));
}

TEST(DomainXml, LooksAtDirectChildrenOfTheDomainOnly) {
  EXPECT_THAT(
      parsed("<domain><metadata><x:copy xmlns:x='urn:x'><domain><devices>"
             "<interface type='ethernet'><target dev='airtap0'/></interface></devices></domain>"
             "<a:guest xmlns:a='urn:airtap:domain:1'><a:nic/></a:guest></x:copy></metadata>"
             "<devices><x:interface xmlns:x='urn:x' type='ethernet'><target dev='airtap0'/>"
             "</x:interface></devices></domain>")
          .nics,
      IsEmpty());
}

TEST(DomainXml, RefusesMetadataThatMatchesNoInterface) {
  EXPECT_EQ(
      error_of_nic("<airtap:nic alias='ua-wan'/>"),
      "ua-wan: the metadata names it, but no interface of the domain is called so (add <alias "
      "name='ua-wan'/> to the interface or remove the nic element)");
  EXPECT_EQ(error_of_nic("<airtap:nic mac='52:54:00:00:00:99'/>"),
            "52:54:00:00:00:99: the metadata names it, but no interface of the domain is called so "
            "(correct mac='52:54:00:00:00:99' or remove the nic element)");
}

TEST(DomainXml, RefusesMetadataWithoutOrWithTwoKeys) {
  EXPECT_EQ(error_of_nic("<airtap:nic mode='macnat'/>"),
            "metadata: a nic has neither alias nor mac nor target (say which interface it means: "
            "alias='ua-…' or mac='52:54:00:…')");
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan' mac='52:54:00:00:00:01'/>"),
            "metadata: a nic has both alias and mac (keep alias='ua-lan' alone)");
  EXPECT_THAT(error_of_nic("<airtap:nic alias='user-lan'/>"), HasSubstr("not start with ua-"));
  EXPECT_EQ(
      error_of_nic("<airtap:nic alias='net0'/>"),
      "metadata: alias 'net0' does not start with ua- (libvirt keeps only such aliases: <alias "
      "name='ua-lan'/>)");
}

TEST(DomainXml, RefusesToNameAnInterfaceTwice) {
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan'/><airtap:nic alias='ua-lan'/>"),
            "ua-lan: two nic elements in the metadata name it (remove one)");
  EXPECT_EQ(
      error_of_nic("<airtap:nic alias='ua-lan'/><airtap:nic mac='52:54:00:00:00:01'/>"),
      "52:54:00:00:00:01: the metadata names its interface a second time, as ua-lan (keep one "
      "nic element)");
  EXPECT_EQ(error_of(domain("<airtap:nic mac='52:54:00:00:00:01'/>", ethernet() + ethernet())),
            "52:54:00:00:00:01: two interfaces of the domain answer to it (give each an <alias "
            "name='ua-…'/> of its own)");
}

TEST(DomainXml, RefusesMetadataForOtherTypesOfInterface) {
  const auto of_type = [](std::string_view type) {
    return error_of(domain("<airtap:nic alias='ua-lan'/>",
                           fmt::format("<interface type='{}'><mac address='52:54:00:00:00:01'/>"
                                       "<alias name='ua-lan'/></interface>",
                                       type)));
  };
  EXPECT_EQ(of_type("network"),
            "ua-lan: only <interface type='ethernet'> can be asked for by metadata, this one has "
            "type='network' (remove its nic element: the network's own metadata has its mode)");
  EXPECT_THAT(of_type("bridge"), HasSubstr("name a bridge that starts with airbr-"));
  EXPECT_EQ(of_type("direct"),
            "ua-lan: only <interface type='ethernet'> can be asked for by metadata, this one has "
            "type='direct' (use type='ethernet' or remove its nic element)");
}

TEST(DomainXml, NamesTheAttributeThatItDoesNotKnow) {
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan' isolated='yes'/>"),
            "ua-lan: unknown attribute 'isolated' in the metadata (attributes: alias, mac, target, "
            "mode, uplink, addresses, isolate, allow-server)");
  EXPECT_THAT(error_of_nic("<airtap:nic alias='ua-lan' airtap:mode='macnat'/>"),
              StartsWith("ua-lan: unknown attribute 'airtap:mode'"));
}

TEST(DomainXml, NamesTheNicWhoseValueIsWrong) {
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan' mode='macvtap'/>"),
            "ua-lan: unknown mode 'macvtap' (modes: auto, macnat, 4addr, ipvtap, bridge, ipvlan, "
            "station)");
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan' uplink='wlan0123456789ab'/>"),
            "ua-lan: interface name 'wlan0123456789ab' has 16 characters (use at most 15)");
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan' isolate='true'/>"),
            "ua-lan: isolate='true' is neither yes nor no");
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan' allow-server=''/>"),
            "ua-lan: allow-server='' is neither yes nor no");
  EXPECT_EQ(error_of_nic("<airtap:nic mac='52:54:00:00:01'/>"),
            "metadata: '52:54:00:00:01' is not a MAC address (write six hexadecimal bytes: "
            "52:54:00:12:34:56)");
}

TEST(DomainXml, TakesOneTo64Addresses) {
  for (const char* good : {"1", "64", "08"})
    EXPECT_EQ(error_of_nic(fmt::format("<airtap:nic alias='ua-lan' addresses='{}'/>", good)),
              "no error");
  for (const char* bad : {"0", "65", "-1", "+1", "", " 1", "1 ", "0x10", "4294967297"})
    EXPECT_EQ(error_of_nic(fmt::format("<airtap:nic alias='ua-lan' addresses='{}'/>", bad)),
              fmt::format("ua-lan: addresses='{}' is not a number from 1 to 64", bad));
}

TEST(DomainXml, RefusesContentThatItDoesNotKnow) {
  EXPECT_EQ(error_of_nic("<airtap:interface alias='ua-lan'/>"),
            "metadata: unknown element <interface> in the guest element (it holds nic elements of "
            "the same namespace)");
  EXPECT_THAT(error_of_nic("<nic alias='ua-lan'/>"), HasSubstr("unknown element <nic>"));
  EXPECT_EQ(error_of_nic("<airtap:nic alias='ua-lan'><airtap:mode/></airtap:nic>"),
            "ua-lan: its nic element in the metadata has content (it takes attributes only)");
}

TEST(DomainXml, RefusesAGuestElementOfAnotherKind) {
  const auto metadata = [](std::string_view content) {
    return error_of(fmt::format("<domain><metadata>{}</metadata></domain>", content));
  };
  EXPECT_EQ(metadata("<a:guest xmlns:a='urn:airtap:domain:2'/>"),
            "metadata: namespace urn:airtap:domain:2 is not known (this airtap reads "
            "urn:airtap:domain:1)");
  EXPECT_THAT(metadata("<a:vm xmlns:a='urn:airtap:domain:1'/>"),
              StartsWith("metadata: unknown element <vm> in namespace urn:airtap:domain:1"));
  EXPECT_THAT(metadata("<a:guest xmlns:a='urn:airtap:domain:1' mode='macnat'/>"),
              StartsWith("metadata: unknown attribute 'mode' of the guest element"));
  EXPECT_THAT(metadata("<a:guest xmlns:a='urn:airtap:domain:1'/>"
                       "<b:guest xmlns:b='urn:airtap:domain:1'/>"),
              StartsWith("metadata: two guest elements"));
  EXPECT_EQ(metadata("<a:guest xmlns:a='urn:airtap:domain:1'/><o:os xmlns:o='urn:o'/>"),
            "no error");
}

TEST(DomainXml, RefusesTooManyNicElements) {
  std::string nics;
  for (int i = 0; i < 257; ++i) nics += fmt::format("<airtap:nic alias='ua-{}'/>", i);
  EXPECT_EQ(error_of_nic(nics), "metadata: 257 nic elements (at most 256)");
}

TEST(DomainXml, JudgesTheInterfaceOnlyWhenItIsOurs) {
  const auto both = [](const std::string& interface) {
    EXPECT_EQ(error_of(domain("", interface)), "no error");
    return error_of(domain("<airtap:nic alias='ua-lan'/>", interface));
  };
  EXPECT_EQ(
      both("<interface type='ethernet'><alias name='ua-lan'/></interface>"),
      "ua-lan: its interface has no <mac address='…'/> (give it one: libvirt does by itself)");
  EXPECT_EQ(both(ethernet("", "52:54:00:0:0:1")),
            "ua-lan: '52:54:00:0:0:1' is not a MAC address (write six hexadecimal bytes: "
            "52:54:00:12:34:56)");
  EXPECT_EQ(both(ethernet("<driver queues='0'/>")),
            "ua-lan: queues='0' is not a number from 1 to 256");
  EXPECT_EQ(both(ethernet("<mtu size='big'/>")),
            "ua-lan: mtu size='big' is not a number from 1 to 65535");
  EXPECT_EQ(
      error_of(domain("", "<interface type='ethernet'><target dev='airtap0'/></interface>")),
      "airtap0: its interface has no <mac address='…'/> (give it one: libvirt does by itself)");
}

TEST(DomainXml, NeedsNameAndUuidOnlyForADomainWithNicsOfOurs) {
  const std::string devices =
      "<devices><interface type='ethernet'><mac address='52:54:00:00:00:01'/>"
      "<target dev='airtap0'/></interface></devices>";
  EXPECT_EQ(error_of("<domain><name>vm1</name>" + devices + "</domain>"),
            "domain XML: it has no <uuid> (libvirt always writes one: take the XML from virsh "
            "dumpxml)");
  EXPECT_THAT(
      error_of("<domain><name>vm1</name><uuid>../../../etc/passwd</uuid>" + devices + "</domain>"),
      StartsWith("domain XML: '../../../etc/passwd' is not a UUID"));
  EXPECT_THAT(error_of(fmt::format("<domain><uuid>{}</uuid>{}</domain>", uuid, devices)),
              StartsWith("domain XML: it has no <name>"));
  EXPECT_EQ(error_of("<domain><uuid>../x</uuid></domain>"), "no error");
}

}  // namespace
}  // namespace airtap
