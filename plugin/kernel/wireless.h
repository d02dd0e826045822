// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: what we need of nl80211.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "model/interface_combination.h"
#include "model/mac_address.h"
#include "model/uplink_facts.h"

namespace airtap {

class Wireless {
 public:
  virtual ~Wireless() = default;

  /// nullopt: not a wireless device, or a kernel without nl80211.
  virtual Result<std::optional<WirelessFacts>> info(int ifindex) = 0;
  /// EOPNOTSUPP: the driver cannot; EBUSY: enslaved to a bridge.
  virtual Result<> set_four_addr(int ifindex, bool on) = 0;
  /// Asks without side effects whether the driver can do 4-address frames: SET_INTERFACE with
  /// 4ADDR=1 and empty MNTR_FLAGS is refused with EOPNOTSUPP if not, EINVAL if so
  /// (net/wireless/nl80211.c, nl80211_valid_4addr before nl80211_parse_mon_options).
  virtual Result<bool> can_four_addr(int ifindex) = 0;
  /// What its radio can be at once; none: one interface at a time.
  virtual Result<std::vector<InterfaceCombination>> combinations(int ifindex) = 0;
  /// nullopt: the station is in no network.
  virtual Result<std::optional<Association>> association(int ifindex) = 0;
  /// One more station on the radio of `uplink`, down, neither marked nor silenced yet. EEXIST: the
  /// name is taken.
  virtual Result<> create_station(int uplink, const IfName& name, const MacAddress& mac) = 0;
  /// ENODEV when it is gone already.
  virtual Result<> remove_station(int ifindex) = 0;
  /// Has the station associate anew, keeping the host's addresses. The kernel lets nobody but the
  /// supplicant do that (net/wireless, conn_owner_nlportid), so it is asked by its control socket.
  /// ENOENT: no wpa_supplicant with a control socket manages the device. Returns when it has
  /// agreed, not when it is done.
  virtual Result<> reassociate(const IfName& station) = 0;
};

}  // namespace airtap
