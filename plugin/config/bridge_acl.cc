// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/bridge_acl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "base/unique_fd.h"

namespace airtap {

namespace {

constexpr std::size_t max_name = 15;  // IFNAMSIZ - 1
constexpr std::string_view blanks = " \t\n\v\f\r";

/// For messages: a line of somebody else's, of one line's length and without control characters.
std::string quoted(std::string_view text) {
  std::string shown = "'";
  for (const char c : text.substr(0, 40))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return shown + (text.size() > 40 ? "…'" : "'");
}

Result<AclRule> rule_of(std::string_view line) {
  const auto end = line.find_first_of(" \t");
  const std::string_view command = line.substr(0, end);
  const std::string_view argument =
      end == std::string_view::npos ? std::string_view() : trimmed(line.substr(end), blanks);
  AclRule rule;
  if (command == "allow")
    rule.kind = AclRule::Kind::allow;
  else if (command == "deny")
    rule.kind = AclRule::Kind::deny;
  else if (command == "include")
    rule.kind = AclRule::Kind::include;
  else
    return fail("unknown command " + quoted(command), "there are allow, deny and include");
  const bool is_path = rule.kind == AclRule::Kind::include;
  if (argument.empty())
    return fail(std::string(command) + " without " + (is_path ? "a path" : "a name"),
                is_path ? "write the path of a file" : "write the name of a bridge, or all");
  if (!is_path && argument.find_first_of(blanks) != std::string_view::npos)
    return fail("something follows the name in " + quoted(argument),
                "one name a line; comments have lines of their own");
  if (!is_path && argument.size() > max_name)
    return fail("the name " + quoted(argument) + " has more than 15 bytes",
                "no network interface has such a name");
  rule.argument = argument;
  return rule;
}

Error on_line(const Error& error, std::string_view file, unsigned line) {
  return error.within(std::string(file) + ", line " + std::to_string(line));
}

Result<std::string> read_acl(const std::string& path) {
  // O_NONBLOCK: nobody may have us wait for the writer of a FIFO.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return fail_errno("cannot read " + path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno("cannot read " + path, errno);
  if (!S_ISREG(status.st_mode)) return fail(path + " is not a regular file");
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + path, errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_acl_file)
      return fail(path + " has more than " + std::to_string(max_acl_file) + " bytes",
                  "one line a bridge is enough");
  }
}

bool is_own_group(gid_t group) {
  if (group == ::getegid()) return true;
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  const int got = ::getgroups(count, groups.data());
  return std::find(groups.begin(), groups.begin() + std::max(got, 0), group) !=
         groups.begin() + std::max(got, 0);
}

/// Mode 0640 and another group's: how administrators give groups of users lists of their own.
bool is_for_another_group(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         (status.st_mode & S_IRGRP) != 0 && (status.st_mode & S_IROTH) == 0 && status.st_gid != 0 &&
         !is_own_group(status.st_gid);
}

std::string beside(const std::string& including, const std::string& path) {
  if (path.front() == '/') return path;
  return including.substr(0, including.rfind('/') + 1) + path;
}

/// Goes through the files and remembers what they say of one name.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Result<> read(const std::string& path);

  bool allowed = false;
  bool denied = false;

 private:
  Result<> follow(const AclRule& rule, const std::string& path);

  std::string_view name_;
  std::vector<std::string> open_;  ///< the file being read and those that include it
  unsigned files_ = 0;
};

Result<> Reader::follow(const AclRule& rule, const std::string& path) {
  if (rule.kind == AclRule::Kind::include) return read(beside(path, rule.argument));
  if (rule.argument != "all" && rule.argument != name_) return {};
  (rule.kind == AclRule::Kind::allow ? allowed : denied) = true;
  return {};
}

Result<> Reader::read(const std::string& path) {
  if (std::ranges::find(open_, path) != open_.end())
    return fail(path + " includes itself", "take the include out");
  if (open_.size() >= max_acl_depth || ++files_ > max_acl_files)
    return fail("too many files include each other", "at most 64, 8 deep");
  const auto text = read_acl(path);
  if (!text) {
    if (!open_.empty() && text.error().code() == EACCES && is_for_another_group(path)) return {};
    return fail(text.error());
  }
  AIRTAP_TRY(const auto rules, parse_acl(*text, path));
  open_.push_back(path);
  for (const AclRule& rule : rules)
    if (auto result = follow(rule, path); !result) return fail(result.error().within(path));
  open_.pop_back();
  return {};
}

}  // namespace

Result<std::vector<AclRule>> parse_acl(std::string_view text, std::string_view file) {
  std::vector<AclRule> rules;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    const std::string_view line = trimmed(whole, blanks);
    if (line.empty() || line.front() == '#') continue;
    if (line.find('\0') != std::string_view::npos)
      return fail(on_line(Error("a NUL byte", "write it anew"), file, number));
    auto rule = rule_of(line);
    if (!rule) return fail(on_line(rule.error(), file, number));
    rules.push_back(std::move(*rule));
  }
  return rules;
}

Result<> check_acl(const std::string& file, std::string_view name) {
  Reader reader(name);
  AIRTAP_CHECK(reader.read(file));
  if (reader.denied)
    return fail("access denied by acl file " + file, "it has a line that denies this name", EACCES);
  if (!reader.allowed)
    return fail("access denied by acl file " + file,
                "an administrator can add the line: allow " + std::string(name), EACCES);
  return {};
}

}  // namespace airtap
