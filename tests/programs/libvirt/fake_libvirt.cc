// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A libvirt for tests of the commands: a module in the place of virt.so whose domains and networks
// are files, so that what one process defines the next one finds, and whose refusals are files,
// too.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "programs/libvirt/places.h"
#include "virt/load.h"

namespace airtap {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

std::string element(const std::string& xml, const std::string& name) {
  std::smatch found;
  const std::regex pattern("<" + name + ">([^<]*)</" + name + ">");
  return std::regex_search(xml, found, pattern) ? found[1].str() : "";
}

/// Refused where the test has said so by a file of that name.
Result<> ask(const std::string& what) {
  if (fs::exists(test::libvirt / "refuse" / what)) return fail("libvirt refuses: " + what);
  return {};
}

class FakeLibvirt final : public Hypervisor {
 public:
  Result<std::vector<VirtDomain>> domains() override {
    AIRTAP_CHECK(ask("domains"));
    std::vector<VirtDomain> all;
    for (const auto& entry : fs::directory_iterator(domains_))
      if (entry.path().extension() == ".xml") all.push_back(describe(entry.path()));
    std::ranges::sort(all, {}, &VirtDomain::name);
    return all;
  }

  Result<VirtDomain> domain(const std::string& name) override {
    AIRTAP_TRY(const auto all, domains());
    for (const VirtDomain& domain : all)
      if (domain.name == name || domain.uuid == name) return domain;
    return fail("there is no domain " + name);
  }

  Result<std::string> running_xml(const VirtDomain& domain) override {
    AIRTAP_CHECK(ask("running_xml"));
    return read(live(domain));
  }

  Result<> define_domain(const std::string& xml) override {
    AIRTAP_CHECK(ask("define_domain"));
    write(domains_ / (element(xml, "name") + ".xml"), xml);
    return {};
  }

  Result<> plug(const VirtDomain& domain, const std::string& device_xml) override {
    AIRTAP_CHECK(ask("plug"));
    std::string xml = read(live(domain));
    write(live(domain), xml.insert(xml.find("</devices>"), device_xml));
    return {};
  }

  Result<> unplug(const VirtDomain& domain, const std::string& device_xml) override {
    AIRTAP_CHECK(ask("unplug"));
    // Asked it is; whether it lets go is the guest's.
    if (fs::exists(test::libvirt / "refuse" / "let-go")) return {};
    std::smatch mac;
    const std::regex address("mac address='([^']*)'");
    if (!std::regex_search(device_xml, mac, address)) return fail("no MAC in " + device_xml);
    const std::string xml = read(live(domain));
    std::string rest;
    const std::regex interface("<interface[^]*?</interface>");
    auto from = xml.cbegin();
    for (std::sregex_iterator it(xml.begin(), xml.end(), interface), end; it != end; ++it) {
      if (it->str().find(mac[1].str()) == std::string::npos) continue;
      rest.append(from, (*it)[0].first);
      from = (*it)[0].second;
    }
    write(live(domain), rest.append(from, xml.cend()));
    return {};
  }

  Result<std::optional<VirtNetwork>> network(const std::string& name) override {
    AIRTAP_CHECK(ask("network"));
    const fs::path file = networks_ / (name + ".xml");
    if (!fs::exists(file)) return std::nullopt;
    const std::string ports = read(networks_ / (name + ".ports"));
    const std::string xml = read(file);
    return VirtNetwork{.name = name,
                       .uuid = element(xml, "uuid"),
                       .running = fs::exists(networks_ / (name + ".running")),
                       .autostart = fs::exists(networks_ / (name + ".autostart")),
                       .xml = xml,
                       .ports = ports.empty() ? 0U : static_cast<unsigned>(std::stoul(ports))};
  }

  Result<> define_network(const std::string& xml) override {
    AIRTAP_CHECK(ask("define_network"));
    std::string with_uuid = xml;
    // As libvirt does.
    if (element(xml, "uuid").empty())
      with_uuid.insert(with_uuid.find("</name>") + 7,
                       "<uuid>11111111-2222-4333-8444-555555555555</uuid>");
    write(networks_ / (element(xml, "name") + ".xml"), with_uuid);
    return {};
  }

  Result<> undefine_network(const VirtNetwork& network) override {
    AIRTAP_CHECK(ask("undefine_network"));
    for (const char* ending : {".xml", ".running", ".autostart"})
      fs::remove(networks_ / (network.name + ending));
    return {};
  }

  Result<> start_network(const VirtNetwork& network) override {
    AIRTAP_CHECK(ask("start_network"));
    write(networks_ / (network.name + ".running"), "");
    return {};
  }

  Result<> stop_network(const VirtNetwork& network) override {
    AIRTAP_CHECK(ask("stop_network"));
    fs::remove(networks_ / (network.name + ".running"));
    return {};
  }

  Result<> set_network_autostart(const VirtNetwork& network) override {
    AIRTAP_CHECK(ask("set_network_autostart"));
    write(networks_ / (network.name + ".autostart"), "");
    return {};
  }

 private:
  fs::path live(const VirtDomain& domain) const { return domains_ / (domain.name + ".live"); }

  VirtDomain describe(const fs::path& file) const {
    VirtDomain domain;
    domain.xml = read(file);
    domain.name = element(domain.xml, "name");
    domain.uuid = element(domain.xml, "uuid");
    domain.running = fs::exists(live(domain));
    domain.persistent = !fs::exists(domains_ / (domain.name + ".transient"));
    return domain;
  }

  fs::path domains_ = test::libvirt / "domains";
  fs::path networks_ = test::libvirt / "networks";
};

Result<std::unique_ptr<Hypervisor>> open(const std::string& uri) {
  if (uri != "qemu:///system") return fail("the commands mean the system's libvirt, not " + uri);
  AIRTAP_CHECK(ask("connection"));
  return std::make_unique<FakeLibvirt>();
}

}  // namespace
}  // namespace airtap

extern "C" __attribute__((visibility("default"))) airtap::OpenHypervisor* airtap_hypervisor() {
  return &airtap::open;
}
