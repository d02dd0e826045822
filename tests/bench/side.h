// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One way to put a guest on the LAN, set up whole: a host with an uplink, the LAN behind it, and a
// guest. Sides differ only in what lies between the guest's device and the uplink.
//
//   guest's namespace        this process        host's namespace           LAN's namespace
//   eth0 (a TAP) ── inner nic ═ relay ═ outer nic ── TAP … up-KIND (veth) ── lan0 (veth)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/nic.h"
#include "datapath/sandbox.h"
#include "model/mac_address.h"

namespace airtap::bench {

inline const std::string host_ip = "10.9.0.1", lan_ip = "10.9.0.2";

/// How the guest is set up, where a side is not transparent.
struct GuestNetwork {
  std::string ip = "10.9.0.11";
  std::string gateway;  ///< of the LAN, when that is not on the guest's own link
  test::Mac mac = test::guest_mac(1);
  unsigned mtu = 1500;
  bool offload = true;  ///< the card takes segments that are still to be cut
};

class Side {
 public:
  virtual ~Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  /// KIND or KIND-N, with N guests of four addresses each instead of one; kinds: side.cc.
  /// KIND+vhost: the kernel moves the guest's frames. Throws with the reason when it cannot be had
  /// here.
  static std::unique_ptr<Side> make(const std::string& what, const std::string& name);

  const std::string& name() const { return name_; }
  /// What QEMU would hold.
  Nic& outer() const { return *outer_; }
  /// The other end of the cable that the relay is: the guest kernel's own device.
  Nic& inner() const { return *inner_; }
  /// On the calling thread, which is in the host's namespace afterwards.
  void in_lan(const std::function<void()>& action) const { box_->in(box_->lan(), action); }
  void in_guest(const std::function<void()>& action) const { box_->in(guest_space_, action); }
  const test::Mac& lan_mac() const { return lan_mac_; }
  const GuestNetwork& guest() const { return guest_; }
  /// Where the guest sends what is for the LAN.
  const test::Mac& next_hop() const { return next_hop_; }
  /// The MAC to which the LAN sends what is for the guest.
  const test::Mac& guest_on_air() const { return guest_on_air_; }
  /// Processes that carry the guest's frames.
  const std::vector<pid_t>& carriers() const { return carriers_; }

 protected:
  explicit Side(std::string kind) : Side(std::move(kind), {}) {}
  Side(std::string kind, GuestNetwork guest);
  /// Between the uplink, which has its address, and the guest.
  virtual std::unique_ptr<Nic> connect_guest() = 0;
  std::string uplink() const { return "up-" + kind_; }
  /// A TAP in the host's namespace, up.
  std::unique_ptr<Nic> host_tap(const std::string& name) const;
  /// What QEMU has of a macvtap or ipvtap there, which is up then.
  std::unique_ptr<Nic> queue_of(const std::string& device) const;

  std::unique_ptr<test::Sandbox> box_;
  GuestNetwork guest_;
  std::vector<pid_t> carriers_;

 private:
  void finish(bool vhost);
  void make_acquainted();

  std::string kind_, name_;
  UniqueFd guest_space_;
  std::unique_ptr<Nic> outer_, inner_;
  test::Mac lan_mac_{}, next_hop_{}, guest_on_air_{};
};

/// MAC of a device of the calling thread's namespace.
test::Mac mac_of(const std::string& device);

}  // namespace airtap::bench
