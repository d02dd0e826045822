// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any bytes as domain XML: no crash, and what domain_xml.h and prefilter.h promise.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "domain/domain_xml.h"
#include "domain/prefilter.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

bool is_one_line(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ') return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  const std::string_view uuid = airtap::uuid_of(xml);
  require(uuid.empty() || airtap::is_uuid(uuid));

  const auto domain = airtap::parse_domain(xml, {"airtap*"});
  if (!domain) {
    require(!domain.error().what().empty() && domain.error().line().size() < 1000 &&
            is_one_line(domain.error().line()));
    return 0;
  }
  if (domain->nics.empty()) return 0;
  require(airtap::may_concern_us(xml));
  require(airtap::is_uuid(domain->uuid) && !domain->name.empty());
  for (const auto& nic : domain->nics) {
    require(!nic.label.empty() && nic.queues >= 1);
    require(!nic.addresses || (*nic.addresses >= 1 && *nic.addresses <= 64));
    require(!nic.uplink || (!nic.uplink->empty() && nic.uplink->size() <= 15));
  }
  return 0;
}
