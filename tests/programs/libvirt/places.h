// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where the libvirt of tests keeps what it knows: domains/NAME.xml, NAME.live of one that runs,
// NAME.transient of one without a definition; networks/NAME.xml, .running, .autostart, .ports (how
// many guests are on it); refuse/WHAT.
#pragma once

#include <filesystem>

namespace airtap::test {

inline const std::filesystem::path libvirt = "/run/libvirt-of-test";

}  // namespace airtap::test
