// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The module: Hypervisor on libvirt's library.
#include <array>

#include "virt/handles.h"
#include "virt/load.h"

namespace airtap::virt {

namespace {

template <class Object>
Result<std::string> uuid_of(Object* object, int (*get)(Object*, char*)) {
  std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
  if (get(object, uuid.data()) != 0) return failure("uuid");
  return std::string(uuid.data());
}

Result<VirtDomain> describe(virDomainPtr domain) {
  VirtDomain found{.name = virDomainGetName(domain),
                   .running = virDomainIsActive(domain) == 1,
                   .persistent = virDomainIsPersistent(domain) == 1};
  AIRTAP_TRY(found.uuid, uuid_of(domain, virDomainGetUUIDString));
  // SECURE: what is defined again must still have its passwords.
  unsigned flags = VIR_DOMAIN_XML_SECURE;
  if (found.persistent) flags |= VIR_DOMAIN_XML_INACTIVE;
  const Text xml(virDomainGetXMLDesc(domain, flags));
  if (!xml) return failure(found.name);
  found.xml = xml.get();
  return found;
}

class Libvirt final : public Hypervisor {
 public:
  explicit Libvirt(Connection connection) : connection_(std::move(connection)) {}

  Result<std::vector<VirtDomain>> domains() override;
  Result<VirtDomain> domain(const std::string& name) override;
  Result<std::string> running_xml(const VirtDomain& domain) override;
  Result<> define_domain(const std::string& xml) override;
  Result<> plug(const VirtDomain& domain, const std::string& device_xml) override;
  Result<> unplug(const VirtDomain& domain, const std::string& device_xml) override;

  Result<std::optional<VirtNetwork>> network(const std::string& name) override;
  Result<> define_network(const std::string& xml) override;
  Result<> undefine_network(const VirtNetwork& network) override;
  Result<> start_network(const VirtNetwork& network) override;
  Result<> stop_network(const VirtNetwork& network) override;
  Result<> set_network_autostart(const VirtNetwork& network) override;

 private:
  Result<Domain> find(const VirtDomain& domain);
  Result<> on_network(const VirtNetwork& network, const std::string& what,
                      int (*act)(virNetworkPtr));
  Result<unsigned> ports_of(virNetworkPtr network);

  Connection connection_;
};

Result<std::vector<VirtDomain>> Libvirt::domains() {
  virDomainPtr* list = nullptr;
  const int count = virConnectListAllDomains(connection_.get(), &list, 0);
  if (count < 0) return failure("list of domains");
  std::vector<Domain> owned;
  for (int i = 0; i < count; ++i) owned.emplace_back(list[i]);
  std::free(static_cast<void*>(list));
  std::vector<VirtDomain> found;
  for (const Domain& domain : owned) {
    auto described = describe(domain.get());
    // Undefined by somebody meanwhile.
    if (!described && last_error_is(VIR_ERR_NO_DOMAIN)) continue;
    if (!described) return fail(described.error());
    found.push_back(std::move(*described));
  }
  return found;
}

Result<VirtDomain> Libvirt::domain(const std::string& name) {
  Domain found(virDomainLookupByName(connection_.get(), name.c_str()));
  if (!found) found.reset(virDomainLookupByUUIDString(connection_.get(), name.c_str()));
  if (!found)
    return fail("there is no domain " + name, "see 'virsh list --all' for those there are");
  return describe(found.get());
}

Result<Domain> Libvirt::find(const VirtDomain& domain) {
  Domain found(virDomainLookupByUUIDString(connection_.get(), domain.uuid.c_str()));
  if (!found) return failure(domain.name);
  return found;
}

Result<std::string> Libvirt::running_xml(const VirtDomain& domain) {
  AIRTAP_TRY(const Domain found, find(domain));
  const Text xml(virDomainGetXMLDesc(found.get(), 0));
  if (!xml) return failure(domain.name);
  return std::string(xml.get());
}

Result<> Libvirt::define_domain(const std::string& xml) {
  const Domain defined(
      virDomainDefineXMLFlags(connection_.get(), xml.c_str(), VIR_DOMAIN_DEFINE_VALIDATE));
  if (!defined) return failure("libvirt refuses the definition");
  return {};
}

Result<> Libvirt::plug(const VirtDomain& domain, const std::string& device_xml) {
  AIRTAP_TRY(const Domain found, find(domain));
  if (virDomainAttachDeviceFlags(found.get(), device_xml.c_str(), VIR_DOMAIN_AFFECT_LIVE) != 0)
    return failure(domain.name + ": libvirt cannot plug it in");
  return {};
}

Result<> Libvirt::unplug(const VirtDomain& domain, const std::string& device_xml) {
  AIRTAP_TRY(const Domain found, find(domain));
  if (virDomainDetachDeviceFlags(found.get(), device_xml.c_str(), VIR_DOMAIN_AFFECT_LIVE) != 0)
    return failure(domain.name + ": libvirt cannot take it out");
  return {};
}

Result<unsigned> Libvirt::ports_of(virNetworkPtr network) {
  virNetworkPortPtr* list = nullptr;
  const int count = virNetworkListAllPorts(network, &list, 0);
  // A driver without ports has no guests that would notice.
  if (count < 0 && last_error_is(VIR_ERR_NO_SUPPORT)) return 0U;
  if (count < 0) return failure("ports");
  for (int i = 0; i < count; ++i) virNetworkPortFree(list[i]);
  std::free(static_cast<void*>(list));
  return static_cast<unsigned>(count);
}

Result<std::optional<VirtNetwork>> Libvirt::network(const std::string& name) {
  const Network found(virNetworkLookupByName(connection_.get(), name.c_str()));
  if (!found && last_error_is(VIR_ERR_NO_NETWORK)) return std::nullopt;
  if (!found) return failure("network " + name);
  VirtNetwork network{.name = name, .running = virNetworkIsActive(found.get()) == 1};
  AIRTAP_TRY(network.uuid, uuid_of(found.get(), virNetworkGetUUIDString));
  int autostart = 0;
  if (virNetworkGetAutostart(found.get(), &autostart) != 0) return failure("network " + name);
  network.autostart = autostart != 0;
  const bool two = network.running && virNetworkIsPersistent(found.get()) == 1;
  const unsigned flags = two ? VIR_NETWORK_XML_INACTIVE : 0;
  const Text xml(virNetworkGetXMLDesc(found.get(), flags));
  if (!xml) return failure("network " + name);
  network.xml = xml.get();
  if (network.running) {
    AIRTAP_TRY(network.ports, ports_of(found.get()));
  }
  return network;
}

Result<> Libvirt::define_network(const std::string& xml) {
  const Network defined(virNetworkDefineXML(connection_.get(), xml.c_str()));
  if (!defined) return failure("libvirt refuses the network");
  return {};
}

Result<> Libvirt::on_network(const VirtNetwork& network, const std::string& what,
                             int (*act)(virNetworkPtr)) {
  const Network found(virNetworkLookupByName(connection_.get(), network.name.c_str()));
  if (!found || act(found.get()) != 0)
    return failure("libvirt cannot " + what + " network " + network.name);
  return {};
}

Result<> Libvirt::undefine_network(const VirtNetwork& network) {
  return on_network(network, "undefine", virNetworkUndefine);
}
Result<> Libvirt::start_network(const VirtNetwork& network) {
  return on_network(network, "start", virNetworkCreate);
}
Result<> Libvirt::stop_network(const VirtNetwork& network) {
  return on_network(network, "stop", virNetworkDestroy);
}
Result<> Libvirt::set_network_autostart(const VirtNetwork& network) {
  return on_network(network, "autostart",
                    [](virNetworkPtr found) { return virNetworkSetAutostart(found, 1); });
}

Result<std::unique_ptr<Hypervisor>> open(const std::string& uri) {
  // Errors come back as values; libvirt would also print them.
  virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
  Connection connection(virConnectOpen(uri.c_str()));
  if (!connection)
    return fail(failure("cannot connect to libvirt (" + uri + ")")
                    .value()
                    .with_hint("is its daemon running? systemctl status libvirtd"));
  return std::make_unique<Libvirt>(std::move(connection));
}

}  // namespace

}  // namespace airtap::virt

/// C++ linkage would make the name depend on the compiler; both sides are built together.
extern "C" __attribute__((visibility("default"))) airtap::OpenHypervisor* airtap_hypervisor();
airtap::OpenHypervisor* airtap_hypervisor() { return airtap::virt::open; }
