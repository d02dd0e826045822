// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The kernel's side of plugin/datapath/platform.h, imitated: maps, helpers and a frame. What a
// program did is recorded instead of done.
//
// Include user_datapath.h, which puts the programs themselves behind this.
#pragma once

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/types.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "datapath/shared.h"

#define SEC(name)
#undef __always_inline  // of the C library, in other words
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))

namespace airtap::bpf {

using Bytes = std::vector<std::uint8_t>;

/// struct __sk_buff, as far as the programs use it.
struct UserFrame {
  __u32 len = 0, mark = 0, ifindex = 0, vlan_present = 0, gso_size = 0;
  /// Two bytes before the frame, as NET_IP_ALIGN gives, so that IP headers are aligned.
  Bytes memory;
  /// How much of it is not in page fragments; the rest needs bpf_skb_pull_data.
  std::uint32_t linear = 0;

  UserFrame(const Bytes& bytes, std::uint32_t linear_part)
      : len(static_cast<__u32>(bytes.size())),
        memory(bytes.size() + 2),
        linear(std::min(linear_part, len)) {
    std::copy(bytes.begin(), bytes.end(), memory.begin() + 2);
  }
  std::uint8_t* start() const { return const_cast<std::uint8_t*>(memory.data()) + 2; }
  Bytes bytes() const { return Bytes(memory.begin() + 2, memory.end()); }
};

/// A frame that went somewhere.
struct Sent {
  std::uint32_t ifindex = 0, mark = 0;
  bool ingress = false;
  Bytes bytes;
  bool tagged = false;
};

struct Recorded {
  std::vector<Sent> clones;
  std::uint32_t redirect_ifindex = 0;
  bool redirect_ingress = false;
};
inline Recorded recorded;
inline std::uint64_t now_ns = 1'000'000'000'000;

template <class Key, class Value>
struct UserMap {
  std::map<std::vector<std::uint8_t>, Value> entries;
  std::size_t capacity = 0;
  bool is_array = false;  ///< every index below the capacity exists

  static std::vector<std::uint8_t> bytes_of(const void* key) {
    const auto* first = static_cast<const std::uint8_t*>(key);
    return {first, first + sizeof(Key)};
  }
  Value* find(const void* key) {
    auto found = entries.find(bytes_of(key));
    if (found != entries.end()) return &found->second;
    std::uint32_t index = 0;
    std::memcpy(&index, key, sizeof(index));
    return is_array && index < capacity ? &entries[bytes_of(key)] : nullptr;
  }
  Value& at(const Key& key) { return entries[bytes_of(&key)]; }
};

inline UserMap<__u32, airtap_settings> settings{{}, 1, true};
inline UserMap<__u32, airtap_guest> guests{{}, AIRTAP_MAX_GUESTS, true};
inline UserMap<__u32, __u32> ports{{}, AIRTAP_MAX_GUESTS, false};
inline UserMap<airtap_mac_key, __u32> macs{{}, AIRTAP_MAX_GUESTS, false};
inline UserMap<airtap_mac_key, __u32> reserved{{}, AIRTAP_MAX_RESERVED, false};
inline UserMap<__u32, __u32> ipvtaps{{}, AIRTAP_MAX_GUESTS, false};
inline UserMap<airtap_address_key, airtap_address> addresses{{}, AIRTAP_MAX_ADDRESSES, false};
inline UserMap<__u32, airtap_ring> rings{{}, AIRTAP_MAX_GUESTS, true};
inline UserMap<__u32, airtap_counters> counters{{}, AIRTAP_MAX_GUESTS, true};

inline void forget_everything() {
  settings.entries.clear();
  guests.entries.clear();
  ports.entries.clear();
  macs.entries.clear();
  reserved.entries.clear();
  ipvtaps.entries.clear();
  addresses.entries.clear();
  rings.entries.clear();
  counters.entries.clear();
}

}  // namespace airtap::bpf

// NOLINTBEGIN: names and signatures are the kernel's
namespace airtap::bpf {

using frame_t = UserFrame;

inline void* frame_start(const frame_t* f) { return f->start(); }
inline void* frame_end(const frame_t* f) { return f->start() + f->linear; }

inline __u16 bpf_htons(__u16 x) { return htons(x); }
inline __u16 bpf_ntohs(__u16 x) { return ntohs(x); }
inline __u32 bpf_htonl(__u32 x) { return htonl(x); }
inline __u32 bpf_ntohl(__u32 x) { return ntohl(x); }

template <class Map>
void* bpf_map_lookup_elem(Map* map, const void* key) {
  return map->find(key);
}

template <class Key, class Value>
long bpf_map_update_elem(UserMap<Key, Value>* map, const void* key, const Value* value,
                         __u64 flags) {
  if (flags == BPF_NOEXIST && map->find(key)) return -EEXIST;
  if (!map->find(key) && map->entries.size() >= map->capacity) return -E2BIG;
  map->entries[map->bytes_of(key)] = *value;
  return 0;
}

template <class Map>
long bpf_map_delete_elem(Map* map, const void* key) {
  return map->entries.erase(map->bytes_of(key)) ? 0 : -ENOENT;
}

template <class Map>
long bpf_for_each_map_elem(Map* map, void* callback, void* context, __u64) {
  using Callback = long (*)(void*, void*, void*, void*);
  const auto call = reinterpret_cast<Callback>(callback);
  for (auto& [bytes, value] : map->entries) {
    __u32 key = 0;
    std::memcpy(&key, bytes.data(), sizeof(key));
    if (call(map, &key, &value, context)) break;
  }
  return 0;
}

inline __u64 bpf_ktime_get_coarse_ns() { return now_ns; }

/// As if every device had an MTU of 1500.
inline long bpf_check_mtu(const frame_t* f, __u32, __u32*, __s32, __u64) {
  return f->len <= 1514 ? BPF_MTU_CHK_RET_SUCCESS : BPF_MTU_CHK_RET_FRAG_NEEDED;
}

inline bool inside(const frame_t* f, __u32 offset, __u32 size) {
  return size != 0 && offset <= f->len && size <= f->len - offset;
}

inline long bpf_skb_load_bytes(const frame_t* f, __u32 offset, void* to, __u32 size) {
  if (!inside(f, offset, size)) {
    std::memset(to, 0, size);
    return -EFAULT;
  }
  std::memcpy(to, f->start() + offset, size);
  return 0;
}

inline long bpf_skb_store_bytes(frame_t* f, __u32 offset, const void* from, __u32 size, __u64) {
  if (!inside(f, offset, size)) return -EFAULT;
  std::memcpy(f->start() + offset, from, size);
  f->linear = std::max(f->linear, offset + size);
  return 0;
}

inline long bpf_skb_pull_data(frame_t* f, __u32 size) {
  if (size > f->len) return -ENOMEM;
  f->linear = std::max(f->linear, size);
  return 0;
}

/// The tag stays beside the frame, as in an skb.
inline long bpf_skb_vlan_push(frame_t* f, __be16, __u16) {
  f->vlan_present = 1;
  return 0;
}
inline long bpf_skb_vlan_pop(frame_t* f) {
  f->vlan_present = 0;
  return 0;
}

inline long bpf_clone_redirect(frame_t* f, __u32 ifindex, __u64 flags) {
  recorded.clones.push_back(
      {ifindex, f->mark, (flags & BPF_F_INGRESS) != 0, f->bytes(), f->vlan_present != 0});
  return 0;
}

inline long bpf_redirect(__u32 ifindex, __u64 flags) {
  recorded.redirect_ifindex = ifindex;
  recorded.redirect_ingress = (flags & BPF_F_INGRESS) != 0;
  return TC_ACT_REDIRECT;
}

inline __s64 bpf_csum_diff(const __be32* from, __u32 from_size, const __be32* to, __u32 to_size,
                           __u32 seed) {
  __u64 sum = seed;
  for (__u32 i = 0; i < from_size / 4; ++i) sum += static_cast<__u32>(~from[i]);
  for (__u32 i = 0; i < to_size / 4; ++i) sum += to[i];
  while (sum >> 32) sum = (sum & 0xffffffff) + (sum >> 32);
  return static_cast<__s64>(sum);
}

/// As if the checksum were a complete one.
inline long bpf_l4_csum_replace(frame_t* f, __u32 offset, __u64 from, __u64 to, __u64 flags) {
  if (!inside(f, offset, 2)) return -EFAULT;
  __u16 old = 0;
  std::memcpy(&old, f->start() + offset, sizeof(old));
  const bool mangled_zero = (flags & BPF_F_MARK_MANGLED_0) != 0;
  if (mangled_zero && old == 0) return 0;
  __u64 sum = static_cast<__u16>(~old);
  sum += (flags & 0xf) ? static_cast<__u16>(~from) + (to & 0xffff) : (to & 0xffffffff);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  __u16 fresh = static_cast<__u16>(~sum);
  if (mangled_zero && fresh == 0) fresh = 0xffff;
  return bpf_skb_store_bytes(f, offset, &fresh, sizeof(fresh), 0);
}

}  // namespace airtap::bpf
// NOLINTEND
