// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A host with an uplink, a bridge and guests, as airtap sets it up; `lan0` stands for the LAN.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "datapath/sandbox.h"
#include "kernel/bpf_datapath.h"

namespace airtap::test {

inline IfName name(const std::string& text) { return *IfName::parse(text); }
inline IpAddress address(const std::string& text) { return *IpAddress::parse(text); }
inline MacAddress to_mac(const Mac& mac) { return MacAddress{mac}; }

inline const std::string host_ip = "10.0.0.1", lan_ip = "10.0.0.100", gateway_ip = "10.0.0.254";
inline const std::string host_ip6 = "fd00::1", lan_ip6 = "fd00::100", gateway_ip6 = "fe80::fe";

/// Text of the error, empty when there is none: EXPECT_EQ(said(call()), "").
inline std::string said(const Result<>& result) { return result ? "" : result.error().line(); }

class House : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// A TAP on the bridge. Without `programs` it is like one that libvirt made: known by MAC only.
  void add_tap(unsigned id, DatapathGuest options = {.translate = true}, bool programs = true,
               bool vnet_header = false);
  /// An ipvtap, or its stand-in.
  void add_ipvtap(unsigned id, DatapathGuest options = {.translate = true});
  /// A guest with a kernel of its own, at 10.0.0.1<id> and fd00::1<id>, behind a veth in place of a
  /// TAP.
  UniqueFd add_kernel_guest(unsigned id);
  Wire& guest(unsigned id) { return guests_.at(id); }
  GuestState state(unsigned id);
  /// Of guest 0: of frames of no guest.
  std::map<std::string, std::uint64_t> drops(unsigned id);
  std::uint64_t drops(unsigned id, const std::string& reason);
  DatapathSettings settings() const;
  /// The guest says who it is: an ARP announcement of the address.
  void announce(unsigned id, const std::string& ip_text);

  static const IfName uplink;
  BpfDatapath datapath_;
  std::unique_ptr<Sandbox> box_;
  std::optional<Wire> lan_;
  std::map<unsigned, Wire> guests_;
};

/// Matchers of frames.
Matches same(const Frame& expected);
Matches of_type(unsigned type);
Matches has_source(const Mac& mac);
bool has(const Frame& frame, std::size_t offset, const Frame& expected);

}  // namespace airtap::test
