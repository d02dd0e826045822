// SPDX-License-Identifier: LGPL-2.1-or-later
//
// bridge.conf, QEMU's list of the bridges that a caller of its bridge helper may use (no manual of
// QEMU describes it; qemu-bridge-helper(8) of some distributions does). Also compiled alone into
// the front of our helper, hence no library here.
//
// A line is blank, a comment from its first character, or `allow NAME`, `deny NAME`, `include
// PATH`, with `all` for every name. Without a matching `allow` the answer is no, and a matching
// `deny` wins wherever it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace airtap {

struct AclRule {
  enum class Kind { allow, deny, include };
  Kind kind = Kind::deny;
  std::string argument;  ///< a name of 1 to 15 bytes, or the path as it is written
  bool operator==(const AclRule&) const = default;
};

/// One file's text, in order; `file` is its name in messages, which tell the line too. What QEMU's
/// helper takes for a name that nothing has (two words, a comment behind a name) is an error.
Result<std::vector<AclRule>> parse_acl(std::string_view text, std::string_view file);

/// Not an error: `name` may be used. Files are opened with the rights of the process, which should
/// be the caller's. EACCES: the list says no. Everything else that is wrong is an error too, also
/// in an included file, with one exception: a file that is readable for a group the process is not
/// in is for members of that group, and skipped. A relative path is one beside the including file.
Result<> check_acl(const std::string& file, std::string_view name);

/// In bytes; a longer file is an error.
constexpr std::size_t max_acl_file = std::size_t{1} << 20;
/// Files that one check reads, and how deep they may include each other.
constexpr unsigned max_acl_files = 64;
constexpr unsigned max_acl_depth = 8;

}  // namespace airtap
