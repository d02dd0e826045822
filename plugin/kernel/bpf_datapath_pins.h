// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where the BPF objects of an uplink are pinned: <root>/<uplink>/<name of map or program>.
//
// bpffs keeps names with a '.' to itself (kernel/bpf/inode.c, bpf_lookup), an interface name may
// have one: it becomes '%', which IfName excludes. A set being built is called ":<uplink>" until it
// is whole; ':' is excluded too.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "model/if_name.h"

namespace airtap {

class BpfPins {
 public:
  explicit BpfPins(std::filesystem::path root) : root_(std::move(root)) {}

  std::filesystem::path directory(const IfName& uplink) const;
  std::filesystem::path pin(const IfName& uplink, std::string_view name) const;
  bool loaded(const IfName& uplink) const;
  std::vector<IfName> uplinks() const;

  /// An empty directory to pin into, removing what a crash left of an earlier one; creates the
  /// root.
  Result<std::filesystem::path> begin(const IfName& uplink) const;
  /// Gives what begin() returned its name. EEXIST when there is one.
  Result<> commit(const IfName& uplink) const;
  void abandon(const IfName& uplink) const;
  Result<> remove(const IfName& uplink) const;

  Result<UniqueFd> open(const IfName& uplink, std::string_view name) const;

  // Remembers that clsact on a device is ours to remove. A directory, because that is the only
  // thing bpffs stores besides objects.
  Result<> mark_clsact(const IfName& uplink, int ifindex) const;
  bool clsact_marked(int ifindex) const;
  void unmark_clsact(int ifindex) const;

 private:
  Result<> check_file_system() const;
  std::filesystem::path unfinished(const IfName& uplink) const;

  std::filesystem::path root_;
};

}  // namespace airtap
