// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/bpf_datapath_pins.h"

#include <bpf/bpf.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace airtap {
namespace {

namespace fs = std::filesystem;

std::string to_file_name(const IfName& name) {
  std::string text = name.text();
  std::ranges::replace(text, '.', '%');
  return text;
}

std::string marker(int ifindex) { return "clsact:" + std::to_string(ifindex); }

Result<> make_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno("creating " + path.string(), errno);
  }
  return {};
}

std::vector<fs::path> children(const fs::path& path) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (fs::directory_iterator it(path, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    found.push_back(it->path());
  }
  return found;
}

// One level of directories: the markers.
Result<> remove_tree(const fs::path& path) {
  for (const auto& child : children(path)) {
    if (::unlink(child.c_str()) != 0 && ::rmdir(child.c_str()) != 0 && errno != ENOENT) {
      return fail_errno("removing " + child.string(), errno);
    }
  }
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) {
    return fail_errno("removing " + path.string(), errno);
  }
  return {};
}

}  // namespace

fs::path BpfPins::directory(const IfName& uplink) const { return root_ / to_file_name(uplink); }

fs::path BpfPins::unfinished(const IfName& uplink) const {
  return root_ / (":" + to_file_name(uplink));
}

fs::path BpfPins::pin(const IfName& uplink, std::string_view name) const {
  return directory(uplink) / name;
}

bool BpfPins::loaded(const IfName& uplink) const {
  return ::access(directory(uplink).c_str(), F_OK) == 0;
}

std::vector<IfName> BpfPins::uplinks() const {
  std::vector<IfName> found;
  for (const auto& child : children(root_)) {
    std::string text = child.filename().string();
    std::ranges::replace(text, '%', '.');
    if (auto name = IfName::parse(text)) found.push_back(*name);
  }
  std::ranges::sort(found);
  return found;
}

Result<> BpfPins::check_file_system() const {
  struct statfs info {};
  const fs::path parent = root_.parent_path();
  if (::statfs(parent.c_str(), &info) != 0 || info.f_type != BPF_FS_MAGIC) {
    return fail("no BPF file system at " + parent.string(), "mount -t bpf bpf " + parent.string(),
                ENOENT);
  }
  return {};
}

Result<fs::path> BpfPins::begin(const IfName& uplink) const {
  AIRTAP_CHECK(check_file_system());
  AIRTAP_CHECK(make_directory(root_));
  fs::path path = unfinished(uplink);
  AIRTAP_CHECK(remove_tree(path));
  AIRTAP_CHECK(make_directory(path));
  return path;
}

Result<> BpfPins::commit(const IfName& uplink) const {
  const fs::path to = directory(uplink);
  if (std::rename(unfinished(uplink).c_str(), to.c_str()) != 0) {
    return fail_errno("naming " + to.string(), errno == ENOTEMPTY ? EEXIST : errno);
  }
  return {};
}

void BpfPins::abandon(const IfName& uplink) const {
  static_cast<void>(remove_tree(unfinished(uplink)));
}

Result<> BpfPins::remove(const IfName& uplink) const {
  AIRTAP_CHECK(remove_tree(unfinished(uplink)));
  AIRTAP_CHECK(remove_tree(directory(uplink)));
  ::rmdir(root_.c_str());  // with the last uplink
  return {};
}

Result<UniqueFd> BpfPins::open(const IfName& uplink, std::string_view name) const {
  const fs::path path = pin(uplink, name);
  UniqueFd fd(bpf_obj_get(path.c_str()));
  if (fd.valid()) return fd;
  if (errno == ENOENT && !loaded(uplink)) {
    return fail("no datapath is loaded for " + uplink.text(), {}, ENOENT);
  }
  return fail_errno("opening " + path.string(), errno,
                    errno == ENOENT ? "somebody removed it: stop all guests of " + uplink.text() +
                                          ", then start them again"
                                    : "");
}

Result<> BpfPins::mark_clsact(const IfName& uplink, int ifindex) const {
  return make_directory(pin(uplink, marker(ifindex)));
}

bool BpfPins::clsact_marked(int ifindex) const {
  const auto sets = children(root_);
  return std::ranges::any_of(sets, [&](const fs::path& set) {
    return ::access((set / marker(ifindex)).c_str(), F_OK) == 0;
  });
}

void BpfPins::unmark_clsact(int ifindex) const {
  for (const auto& set : children(root_)) ::rmdir((set / marker(ifindex)).c_str());
}

}  // namespace airtap
