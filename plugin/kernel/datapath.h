// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: the BPF programs of one uplink, their maps and where they are attached. State lives in the
// kernel, pinned under /sys/fs/bpf/airtap/<uplink>: every call works from a fresh process.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/action.h"
#include "model/if_name.h"
#include "model/ip_address.h"
#include "model/mac_address.h"

namespace airtap {

/// What the programs must know of the host's side; refreshed whenever it changes.
struct DatapathSettings {
  int uplink_ifindex = 0;
  /// Outer end of the veth pair, 0 while there is no bridge.
  int bridge_port_ifindex = 0;
  /// The bridge has VLAN filtering on.
  bool bridge_takes_tags = false;
  MacAddress station_mac;
  /// Addresses of the host on the uplink: no guest may claim them.
  std::vector<IpAddress> host;
  std::vector<IpAddress> gateways;
  /// IPv4 directed broadcast addresses of the uplink's networks.
  std::vector<IpAddress> broadcasts;

  bool operator==(const DatapathSettings&) const = default;
};

struct DatapathGuest {
  unsigned id = 0;  ///< 1 … 1023
  /// Zero: not known yet; the guest gets that of the first frame it sends, once, and never one of
  /// reserve().
  MacAddress mac;
  int port_ifindex = 0;
  bool port_is_ipvtap = false;
  bool translate = false;
  bool isolate = false;
  bool allow_server = false;
  unsigned address_quota = 0;
};

/// An address a guest uses, learned from its traffic.
struct LearnedAddress {
  IpAddress address;
  std::uint64_t age_ms = 0;  ///< since it was last seen
  std::string source;        ///< "arp", "ipv4", "ipv6", "nd"
};

struct GuestCounters {
  std::uint64_t from_guest_packets = 0, from_guest_bytes = 0;
  std::uint64_t to_guest_packets = 0, to_guest_bytes = 0;
  /// Drop reason, as named in datapath/shared.h, and how often; only those that happened.
  std::vector<std::pair<std::string, std::uint64_t>> drops;
};

struct GuestState {
  unsigned id = 0;
  MacAddress mac;  ///< zero: not known yet
  std::vector<LearnedAddress> addresses;
  GuestCounters counters;
};

class Datapath {
 public:
  virtual ~Datapath() = default;

  /// Loads and pins. EEXIST when pins are there already. A missing bpffs, a kernel without BPF and
  /// a lack of privilege are told apart in the message.
  virtual Result<> load(const IfName& uplink) = 0;
  /// Removes what is still attached to the uplink, and the pins; programs end with their last
  /// filter. Not an error when there are none.
  virtual Result<> unload(const IfName& uplink) = 0;
  virtual Result<> configure(const IfName& uplink, const DatapathSettings& settings) = 0;
  /// What configure() was told last, lists sorted. ENOENT when nothing is loaded.
  virtual Result<DatapathSettings> settings(const IfName& uplink) = 0;

  /// Adds clsact where there is none and our filters beside whatever is there. Attaching again
  /// replaces our own.
  virtual Result<> attach(const IfName& uplink, const IfName& device, Attachment attachment) = 0;
  /// Removes our filters, and clsact when nothing else is left on it. Not an error when the device
  /// is gone.
  virtual Result<> detach(const IfName& device, Attachment attachment) = 0;

  /// What no guest without a MAC can be bound to besides the station's and other guests': the
  /// host's and the gateways'. Replaces what was told before.
  virtual Result<> reserve(const IfName& uplink, const std::vector<MacAddress>& macs) = 0;
  /// Replaces a guest with the same id, which starts anew; the very same guest stays as it is.
  virtual Result<> add_guest(const IfName& uplink, const DatapathGuest& guest) = 0;
  /// Forgets the guest, its port and its addresses. Not an error when it is unknown or nothing is
  /// loaded.
  virtual Result<> remove_guest(const IfName& uplink, unsigned id) = 0;
  virtual Result<std::vector<GuestState>> guests(const IfName& uplink) = 0;
  /// Frames that belong to no guest: only drops.
  virtual Result<GuestCounters> strangers(const IfName& uplink) = 0;
  /// Uplinks with pins, ours to clean up.
  virtual Result<std::vector<IfName>> loaded() = 0;
};

}  // namespace airtap
