// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The sides there are. Each throws with the reason when it cannot be had here.
#pragma once

#include <memory>

#include "bench/side.h"
#include "model/mode.h"

namespace airtap::bench {

/// What airtap makes when a domain starts, with so many guests.
std::unique_ptr<Side> make_airtap(const std::string& kind, Mode mode, unsigned guests);
/// airtap's programs on a macvtap in place of the ipvtap.
std::unique_ptr<Side> make_stand_in(const std::string& kind);

/// A bridge of the kernel with uplink and TAPs as its ports.
std::unique_ptr<Side> make_plain(const std::string& kind, unsigned guests);
std::unique_ptr<Side> make_macvtap(const std::string& kind);
/// An ipvtap of the uplink as the kernel has it.
std::unique_ptr<Side> make_raw_ipvtap(const std::string& kind);

/// libvirt's network with <forward mode='nat'/>.
std::unique_ptr<Side> make_nat(const std::string& kind);
/// The recipe of ebtables for bridges over Wi-Fi, in nftables: MACs rewritten for one known guest.
std::unique_ptr<Side> make_mac_nat(const std::string& kind);
/// What parprouted makes: a route to each guest, and the host's answers to ARP.
std::unique_ptr<Side> make_proxy_arp(const std::string& kind);
std::unique_ptr<Side> make_passt(const std::string& kind);

/// Addresses of the guests that are there besides the one that is measured, from 2 on.
std::vector<std::string> addresses_of(unsigned guest);
/// Has the guest say on its card that they are its own.
void announce(Nic& nic, unsigned guest);
/// The process may have as many files open as guests need.
void allow_many_files();

}  // namespace airtap::bench
