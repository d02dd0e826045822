// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where an installed airtap keeps things. The only place that says so; everything below takes a
// path.
#pragma once

namespace airtap::paths {

inline constexpr const char* configuration = "/etc/airtap";
inline constexpr const char* records = "/run/airtap";
/// libvirt's, of running QEMU domains: NAME.xml, NAME.pid.
inline constexpr const char* domain_status = "/run/libvirt/qemu";

}  // namespace airtap::paths
