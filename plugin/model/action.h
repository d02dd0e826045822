// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One step of a plan, as a value: it can be compared, printed (plan/print.h), stored (record/),
// applied and undone (apply/). Every action can be undone from its own fields alone, because after
// a crash the record is all there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/if_name.h"
#include "model/ip_address.h"
#include "model/mac_address.h"

namespace airtap {

/// Turn 4-address frames on. Undo: off. Planned only where they were off.
struct SetFourAddr {
  IfName uplink;
  bool operator==(const SetFourAddr&) const = default;
};

/// Ask the gateway for its MAC through the uplink and wait for the answer. Undo: nothing.
struct ProveGateway {
  IfName uplink;
  IpAddress gateway;
  unsigned timeout_ms = 0;
  bool operator==(const ProveGateway&) const = default;
};

/// Receive frames for other MACs and keep firmware from filtering ARP for guests. Undo: off.
struct SetPromiscuous {
  IfName uplink;
  bool operator==(const SetPromiscuous&) const = default;
};

/// Load the BPF programs of one uplink, pin them, fill in the host's addresses. Undo: unpin.
struct LoadDatapath {
  IfName uplink;
  bool operator==(const LoadDatapath&) const = default;
};

/// Which programs a device gets (plugin/datapath/README.md).
enum class Attachment {
  air,          ///< the uplink: from the air, from the host
  bridge_port,  ///< outer end of the veth pair: from guests on the bridge
  bridge_self,  ///< the bridge device: keeps guests' frames from the host's stack
  tap,          ///< a guest's TAP: the short way
  ipvtap,       ///< a guest's ipvtap
  ipvlan,       ///< the uplink of containers: what the kernel's ipvlan leaves out
};

/// clsact and the programs of `attachment` on `device`. Undo: the filters, then clsact if we made
/// it.
struct AttachPrograms {
  IfName uplink;
  IfName device;
  Attachment attachment = Attachment::air;
  bool operator==(const AttachPrograms&) const = default;
};

/// A bridge that the host's stack does not use. Undo: delete.
struct CreateBridge {
  IfName name;
  unsigned mtu = 0;
  bool operator==(const CreateBridge&) const = default;
};

/// A batman-adv mesh of its own; what is below joins it (JoinBridge). Undo: delete.
struct CreateBatman {
  IfName name;
  bool operator==(const CreateBatman&) const = default;
};

/// The pair that joins bridge and uplink datapath. Undo: delete (one end takes the other along).
struct CreateVeth {
  IfName outer;
  IfName inner;
  unsigned mtu = 0;
  bool operator==(const CreateVeth&) const = default;
};

/// A persistent TAP for libvirt to open. Undo: delete.
struct CreateTap {
  IfName name;
  /// IFF_MULTI_QUEUE exactly when > 1: libvirt's attach demands equality.
  unsigned queues = 1;
  unsigned mtu = 0;
  /// User that may open it besides root.
  std::uint32_t owner_uid = 0;
  bool operator==(const CreateTap&) const = default;
};

/// An ipvtap (L2, bridge) of `lower`, with its /dev/tapN node ready. Undo: delete.
struct CreateIpvtap {
  IfName name;
  IfName lower;
  unsigned mtu = 0;
  bool operator==(const CreateIpvtap&) const = default;
};

/// An ipvlan (L2, bridge) of the uplink, to be moved into a container. Undo: delete, where it still
/// is; in a container it goes with its network namespace.
struct CreateIpvlan {
  IfName name;
  IfName uplink;
  unsigned mtu = 0;
  bool operator==(const CreateIpvlan&) const = default;
};

/// A second station on the uplink's radio, with a guest's MAC; the host's stack keeps out of it.
/// Undo: delete.
struct CreateStation {
  IfName name;
  IfName uplink;
  MacAddress mac;
  bool operator==(const CreateStation&) const = default;
};

/// A macvtap (passthru) of `lower`, with its MAC and its /dev/tapN node ready. Undo: delete.
struct CreateMacvtap {
  IfName name;
  IfName lower;
  unsigned mtu = 0;
  bool operator==(const CreateMacvtap&) const = default;
};

/// Have a wpa_supplicant of its own bring `station` into the network that the uplink is in, and
/// wait until it is. Undo: stop it.
struct JoinNetwork {
  IfName station;
  IfName uplink;
  /// Where the network's secret is (model/credentials.h); never the secret itself.
  std::string credentials;
  bool operator==(const JoinNetwork&) const = default;
};

/// Make `port` a port of `bridge`, or of a batman-adv mesh. Undo: take it out again, if it still is
/// one.
struct JoinBridge {
  IfName port;
  IfName bridge;
  bool operator==(const JoinBridge&) const = default;
};

struct SetUp {
  IfName device;
  bool operator==(const SetUp&) const = default;
};

/// Tell the datapath of a guest NIC. Undo: forget it, its addresses and counters.
struct RegisterGuest {
  IfName uplink;
  /// 1 … 1023, unique on the uplink.
  unsigned id = 0;
  /// Zero: that of the first frame it sends (GuestNic::anonymous).
  MacAddress mac;
  /// The TAP or ipvtap that leads to it.
  IfName port;
  bool port_is_ipvtap = false;
  bool translate = false;  ///< MAC translation; otherwise frames pass unrewritten
  bool isolate = false;
  bool allow_server = false;
  unsigned address_quota = 0;
  bool operator==(const RegisterGuest&) const = default;
};

using Action =
    std::variant<SetFourAddr, ProveGateway, SetPromiscuous, LoadDatapath, AttachPrograms,
                 CreateBridge, CreateBatman, CreateVeth, CreateTap, CreateIpvtap, CreateIpvlan,
                 CreateStation, CreateMacvtap, JoinNetwork, JoinBridge, SetUp, RegisterGuest>;
using Actions = std::vector<Action>;

}  // namespace airtap
