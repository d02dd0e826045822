// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A pinned map with its types. Opening checks that key and value have the size this program was
// built with: after an upgrade, maps of an older version may still be in use, and reading them into
// smaller objects would overrun.
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/bpf_datapath_pins.h"

namespace airtap {

struct BpfMapSizes {
  std::uint32_t key = 0, value = 0, entries = 0;
};
Result<BpfMapSizes> bpf_map_sizes(int fd);

template <class Key, class Value>
class BpfMap {
 public:
  static Result<BpfMap> open(const BpfPins& pins, const IfName& uplink, std::string_view name) {
    AIRTAP_TRY(UniqueFd fd, pins.open(uplink, name));
    AIRTAP_TRY(const BpfMapSizes sizes, bpf_map_sizes(fd.get()));
    if (sizes.key != sizeof(Key) || sizes.value != sizeof(Value)) {
      return fail(uplink.text() + ": the loaded datapath is of another version of airtap",
                  "stop the guests of this uplink", EPROTO);
    }
    return BpfMap(std::move(fd), sizes.entries, name);
  }

  Result<std::optional<Value>> find(const Key& key) const {
    Value value{};
    if (bpf_map_lookup_elem(fd_.get(), &key, &value) == 0) return std::optional<Value>(value);
    if (errno == ENOENT) return std::optional<Value>();
    return error("reading");
  }

  Result<> put(const Key& key, const Value& value) const {
    if (bpf_map_update_elem(fd_.get(), &key, &value, BPF_ANY) != 0) return error("writing");
    return {};
  }

  /// Not an error when there is no such key.
  Result<> erase(const Key& key) const {
    if (bpf_map_delete_elem(fd_.get(), &key) != 0 && errno != ENOENT) return error("deleting from");
    return {};
  }

  /// Room for a full map: a batch that does not hold a whole hash bucket is refused with ENOSPC.
  Result<std::vector<std::pair<Key, Value>>> all() const {
    std::vector<Key> keys(entries_);
    std::vector<Value> values(entries_);
    std::uint32_t count = entries_, position = 0;
    if (bpf_map_lookup_batch(fd_.get(), nullptr, &position, keys.data(), values.data(), &count,
                             nullptr) != 0 &&
        errno != ENOENT) {
      return error("listing");
    }
    std::vector<std::pair<Key, Value>> found;
    found.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) found.emplace_back(keys[i], values[i]);
    return found;
  }

 private:
  BpfMap(UniqueFd fd, std::uint32_t entries, std::string_view name)
      : fd_(std::move(fd)), entries_(entries), name_(name) {}

  tl::unexpected<Error> error(std::string_view doing) const {
    const int code = errno;
    return fail_errno(std::string(doing) + " map " + name_, code);
  }

  UniqueFd fd_;
  std::uint32_t entries_ = 0;
  std::string name_;
};

}  // namespace airtap
