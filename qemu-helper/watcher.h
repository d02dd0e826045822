// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Between the one who starts a watcher and the watcher: descriptors and the one thing said. Plain
// data: the watcher is linked with nothing.
#pragma once

namespace airtap {

constexpr int watcher_control = 3;  ///< a pipe: WatcherOrder, or its end
constexpr int watcher_links = 4;    ///< netlink, group of links
constexpr int watcher_opened = 5;   ///< inotify, on the ipvtap's node
constexpr int watcher_last = watcher_opened;

struct WatcherOrder {
  int ifindex = 0;
  bool has_node = false;  ///< watcher_opened tells of its openings; the device itself stays
};

}  // namespace airtap
