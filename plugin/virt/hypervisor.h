// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: libvirt's API, for commands that people type. Hooks must never come near it: they run while
// libvirt waits for them (libvirt docs/hooks.rst), and its library costs more to load than all the
// rest of them. So its only implementation is a module that load.h fetches.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace airtap {

struct VirtDomain {
  std::string name;
  std::string uuid;
  bool running = false;
  bool persistent = false;
  std::string xml;  ///< as defined; of a transient domain, as it runs
};

struct VirtNetwork {
  std::string name;
  std::string uuid;
  bool running = false;
  bool autostart = false;
  std::string xml;     ///< as defined
  unsigned ports = 0;  ///< guests on it now
};

class Hypervisor {
 public:
  virtual ~Hypervisor() = default;

  virtual Result<std::vector<VirtDomain>> domains() = 0;
  /// By name or uuid.
  virtual Result<VirtDomain> domain(const std::string& name) = 0;
  virtual Result<std::string> running_xml(const VirtDomain& domain) = 0;
  /// Replaces the definition; libvirt validates it.
  virtual Result<> define_domain(const std::string& xml) = 0;
  /// To and from the running domain alone.
  virtual Result<> plug(const VirtDomain& domain, const std::string& device_xml) = 0;
  /// Asks the guest; it lets go when it likes.
  virtual Result<> unplug(const VirtDomain& domain, const std::string& device_xml) = 0;

  virtual Result<std::optional<VirtNetwork>> network(const std::string& name) = 0;
  virtual Result<> define_network(const std::string& xml) = 0;
  virtual Result<> undefine_network(const VirtNetwork& network) = 0;
  virtual Result<> start_network(const VirtNetwork& network) = 0;
  virtual Result<> stop_network(const VirtNetwork& network) = 0;
  virtual Result<> set_network_autostart(const VirtNetwork& network) = 0;
};

}  // namespace airtap
