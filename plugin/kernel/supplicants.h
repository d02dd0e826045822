// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Seam: a wpa_supplicant for each station of a guest's own, which outlives whoever started it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/if_name.h"

namespace airtap {

struct StationNetwork {
  IfName station;
  IfName uplink;
  std::string ssid;        ///< of the uplink's network
  unsigned frequency = 0;  ///< MHz, the uplink's: many radios are on one channel at a time
  /// Where the network's secret is (model/credentials.h); a file only if none but root can read it.
  std::string credentials;
};

class Supplicants {
 public:
  virtual ~Supplicants() = default;

  /// Returns when the station is in the network, or with what stood against it: credentials that
  /// are not there or not secret, the access point's refusal, ten seconds without either.
  virtual Result<> start(const StationNetwork& network) = 0;
  /// Stopped, and its files gone. Not an error when there is none.
  virtual Result<> stop(const IfName& station) = 0;
  /// The uplink uses `frequency` now, 0 for none: the station is to be there, too, or nowhere. True
  /// when it had to be told.
  virtual Result<bool> follow(const IfName& station, unsigned frequency) = 0;
  /// Stations that there are files of.
  virtual Result<std::vector<IfName>> stations() = 0;
};

}  // namespace airtap
