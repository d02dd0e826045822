// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Names of the devices that airtap makes for an uplink. All start with "air", so that what is left
// behind could be found with `ip link`.
#pragma once

#include "model/if_name.h"

namespace airtap {

struct UplinkDevices {
  IfName bridge;       ///< airbr-…
  IfName bridge_port;  ///< airup-…: outer end of the veth pair, in the datapath
  IfName veth_inner;   ///< airin-…: inner end, a port of the bridge
  IfName batman;       ///< airba-…: batman-adv over the uplink, and then the uplink instead of it
  IfName batman_sink;  ///< airbs-…: bridge that batman-adv is a port of
};

/// The uplink's own name follows the prefix; a name of more than nine characters is replaced by
/// eight digits of its FNV-1a hash to stay within IFNAMSIZ. Those of airba-… are those of the
/// device below it.
UplinkDevices devices_of(const IfName& uplink);

/// airst-…: the station of a guest in mode station, named after the guest's own device.
IfName station_of(const IfName& target);
bool is_station_name(const IfName& name);

/// True for a name that those above could return: no guest may have it.
bool is_reserved(const IfName& name);

}  // namespace airtap
