// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One way to put a guest on the LAN, set up whole: a host with an uplink, the LAN behind it, and a
// guest. Sides differ only in what lies between the guest's device and the uplink.
//
//   guest's namespace        this process        host's namespace           LAN's namespace
//   eth0 (a TAP) ── inner fd ═ relay ═ outer fd ── TAP … up-NAME (veth) ── lan0 (veth)
#pragma once

#include <memory>
#include <string>

#include "datapath/sandbox.h"

namespace airtap::bench {

inline const std::string host_ip = "10.9.0.1", lan_ip = "10.9.0.2", guest_ip = "10.9.0.11";

class Side {
 public:
  virtual ~Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  /// "plain": a bridge of the kernel with uplink and TAP as its ports; "macvtap": one as it comes;
  /// "macnat", "ipvtap": what airtap makes when a domain starts; "stand-in": airtap's programs on a
  /// macvtap in place of the ipvtap. Throws with the reason when this kernel cannot.
  static std::unique_ptr<Side> make(const std::string& what, const std::string& name);

  const std::string& name() const { return name_; }
  /// What QEMU would hold: each frame behind a virtio header of 10 bytes. Does not block.
  int outer() const { return outer_.get(); }
  /// The other end of the cable that the relay is: the guest kernel's own device.
  int inner() const { return inner_.get(); }
  /// On the calling thread, which is in the host's namespace afterwards.
  void in_lan(const std::function<void()>& action) const { box_->in(box_->lan(), action); }
  void in_guest(const std::function<void()>& action) const { box_->in(guest_space_, action); }
  const test::Mac& lan_mac() const { return lan_mac_; }
  /// The MAC under which the LAN knows the guest.
  const test::Mac& guest_on_air() const { return guest_on_air_; }

 protected:
  explicit Side(std::string name);
  /// Between the uplink, which has its address, and the guest: the outer fd.
  virtual UniqueFd connect_guest() = 0;
  std::string uplink() const { return "up-" + name_; }

  std::unique_ptr<test::Sandbox> box_;

 private:
  void finish();
  void make_acquainted();

  std::string name_;
  UniqueFd guest_space_, outer_, inner_;
  test::Mac lan_mac_{}, guest_on_air_{};
};

/// The guest's MAC, the same on every side.
inline constexpr test::Mac guest_mac = test::guest_mac(1);

}  // namespace airtap::bench
