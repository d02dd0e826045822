// SPDX-License-Identifier: LGPL-2.1-or-later
#include "virt/load.h"

#include <dlfcn.h>

namespace airtap {

Result<std::unique_ptr<Hypervisor>> open_hypervisor(const std::string& module,
                                                    const std::string& uri) {
  void* loaded = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr)
    return fail(std::string("cannot load libvirt: ") + ::dlerror(), "is libvirt installed?");
  using Entry = OpenHypervisor*();
  auto* entry = reinterpret_cast<Entry*>(::dlsym(loaded, "airtap_hypervisor"));
  if (entry == nullptr) return fail(module + " is of another airtap", "install airtap again");
  return entry()(uri);
}

}  // namespace airtap
