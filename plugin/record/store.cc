// SPDX-License-Identifier: LGPL-2.1-or-later
#include "record/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <thread>

#include "base/file.h"
#include "record/json.h"

namespace airtap {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view guest_prefix = "guest-";
constexpr std::string_view uplink_prefix = "uplink-";
constexpr std::string_view suffix = ".json";
constexpr std::string_view being_written = ".new";

/// Old text or new text, never half of one: write aside, fsync, rename.
Result<> replace_file(const fs::path& path, const std::string& text) {
  const std::string aside = path.string() + std::string(being_written);
  const auto failed = [&](std::string_view step, int code) {
    ::unlink(aside.c_str());
    return fail_errno(fmt::format("cannot write {}: {}", path.string(), step), code,
                      "make room on /run");
  };
  {
    const UniqueFd fd(
        ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) return failed("open", errno);
    if (auto written = write_all(fd.get(), text, "write"); !written)
      return failed("write", written.error().code());
    if (::fsync(fd.get()) != 0) return failed("fsync", errno);
  }
  if (::rename(aside.c_str(), path.c_str()) != 0) return failed("rename", errno);
  return {};
}

Result<> remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail_errno("cannot remove " + path.string(), errno);
  return {};
}

/// Whoever writes holds the lock, so to its next holder these are of one that was killed.
void remove_unfinished(const fs::path& directory) {
  std::vector<fs::path> left;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().string().ends_with(being_written)) left.push_back(it->path());
  for (const fs::path& path : left) ::unlink(path.c_str());
}

template <class Record>
Result<std::vector<Record>> read_records(const fs::path& directory, std::string_view prefix,
                                         Result<Record> (*parse)(std::string_view),
                                         std::vector<Error>& problems) {
  std::vector<Record> records;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    auto text = read_plain_file(it->path());
    auto record = text ? parse(*text) : Result<Record>(fail(text.error()));
    if (record)
      records.push_back(std::move(*record));
    else
      problems.push_back(record.error().within(it->path().string()));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail_errno("cannot read " + directory.string(), error.value());
  return records;
}

}  // namespace

Result<RecordStore::Lock> RecordStore::lock(std::chrono::milliseconds timeout) const {
  const auto hint = "run as root";
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno("cannot make " + directory_.string(), errno, hint);
  UniqueFd fd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno("cannot open " + directory_.string(), errno, hint);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto pause = std::chrono::milliseconds(1);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail_errno("cannot lock " + directory_.string(), errno);
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(
          fmt::format("another airtap has held {} for {} ms", directory_.string(), timeout.count()),
          "look for a hanging airtap process", ETIMEDOUT);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
  remove_unfinished(directory_);
  return Lock(std::move(fd));
}

fs::path RecordStore::guest_path(const std::string& key) const {
  return directory_ / fmt::format("{}{}{}", guest_prefix, key, suffix);
}

fs::path RecordStore::uplink_path(const IfName& uplink) const {
  return directory_ / fmt::format("{}{}{}", uplink_prefix, uplink.text(), suffix);
}

bool RecordStore::has_guest(const std::string& uuid) const {
  const std::string start = fmt::format("{}{}.", guest_prefix, uuid);
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().string().starts_with(start)) return true;
  // Who could not look goes on, and is told why.
  return error && error != std::errc::no_such_file_or_directory;
}

Result<GuestRecord> RecordStore::guest(const std::string& uuid) const {
  AIRTAP_TRY(const std::string text, read_plain_file(guest_path(uuid)));
  return guest_record_from_json(text);
}

Result<std::vector<GuestRecord>> RecordStore::guests(std::vector<Error>& problems) const {
  return read_records<GuestRecord>(directory_, guest_prefix, guest_record_from_json, problems);
}

Result<std::vector<UplinkRecord>> RecordStore::uplinks(std::vector<Error>& problems) const {
  return read_records<UplinkRecord>(directory_, uplink_prefix, uplink_record_from_json, problems);
}

Result<> RecordStore::write(const GuestRecord& record) const {
  return replace_file(guest_path(record.key()), to_json_text(record));
}
Result<> RecordStore::write(const UplinkRecord& record) const {
  return replace_file(uplink_path(record.uplink), to_json_text(record));
}
Result<> RecordStore::remove_guest(const std::string& key) const {
  return remove_file(guest_path(key));
}
Result<> RecordStore::remove_uplink(const IfName& uplink) const {
  return remove_file(uplink_path(uplink));
}

}  // namespace airtap
