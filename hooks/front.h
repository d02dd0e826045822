// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What differs between the fronts of libvirt's hooks; each front_NAME.cc defines `rules`.
#pragma once

#include <initializer_list>
#include <string_view>

namespace airtap::front {

struct Rules {
  const char* name;
  const char* directory;  ///< below /etc/libvirt/hooks
  const char* usage;
  const char* program;  ///< the real hook
  std::string_view end_tag;
  bool (*event_matters)(std::string_view operation);
  bool (*concerns_us)(std::string_view document);
};

extern const Rules rules;

inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> known) {
  for (const std::string_view candidate : known)
    if (word == candidate) return true;
  return false;
}

}  // namespace airtap::front
