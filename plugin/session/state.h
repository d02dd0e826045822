// SPDX-License-Identifier: LGPL-2.1-or-later
//
// All records as they are while the lock is held, and the questions that are asked of them.
#pragma once

#include <string>
#include <vector>

#include "record/store.h"

namespace airtap {

struct State {
  std::vector<GuestRecord> guests;
  std::vector<UplinkRecord> uplinks;
  /// Records that could not be read.
  std::vector<Error> problems;

  GuestRecord* find_guest(const std::string& key);
  /// Keys of all records of one domain or network.
  std::vector<std::string> keys_of(const std::string& uuid) const;
  UplinkRecord& uplink(const IfName& name);  ///< added empty when there is none
  bool is_used(const FeatureUse& use) const;
  /// What plan_attach() must know of it.
  std::vector<UplinkInUse> in_use() const;
};

Result<State> load_state(const RecordStore& store);

}  // namespace airtap
