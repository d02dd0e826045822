// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/mode.h"

#include <array>
#include <string>

namespace airtap {

namespace {
struct Name {
  Mode mode;
  std::string_view text;
};
constexpr std::array<Name, 7> names{{{Mode::automatic, "auto"},
                                     {Mode::macnat, "macnat"},
                                     {Mode::four_addr, "4addr"},
                                     {Mode::ipvtap, "ipvtap"},
                                     {Mode::bridge, "bridge"},
                                     {Mode::ipvlan, "ipvlan"},
                                     {Mode::station, "station"}}};
}  // namespace

std::string_view to_text(Mode mode) {
  for (const Name& name : names)
    if (name.mode == mode) return name.text;
  return "?";
}

Result<Mode> parse_mode(std::string_view text) {
  std::string known;
  for (const Name& name : names) {
    if (name.text == text) return name.mode;
    known += (known.empty() ? "" : ", ") + std::string(name.text);
  }
  return fail("unknown mode '" + std::string(text) + "'", "modes: " + known);
}

}  // namespace airtap
