// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/vhost.h"

#include <fcntl.h>
#define VIRTIO_RING_NO_LEGACY  // whose functions are C
#include <linux/vhost.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace airtap::bench {
namespace {

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

constexpr unsigned entries = 256;  // QEMU's own choice
constexpr std::size_t page = 4096, buffer_room = (longest_frame + page - 1) / page * page;
/// The split ring of virtio 1.1, 2.6, and a buffer for each entry.
constexpr std::size_t descriptors_size = entries * sizeof(vring_desc), ring_room = 4 * page,
                      queue_room = ring_room + entries * buffer_room;
constexpr unsigned receiving = 0, sending = 1;

/// The guest's memory: what vhost may read and write, anonymous until it is touched.
class Memory {
 public:
  explicit Memory(std::size_t size)
      : size_(size),
        data_(::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (data_ == MAP_FAILED) broken("memory of a guest");
  }
  ~Memory() { ::munmap(data_, size_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  std::uint8_t* at(std::size_t offset) const { return static_cast<std::uint8_t*>(data_) + offset; }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  void* data_;
};

/// One queue of the card; entry i always has buffer i.
class Queue {
 public:
  Queue(const Memory& memory, std::size_t offset)
      : memory_(memory),
        offset_(offset),
        descriptors_(reinterpret_cast<vring_desc*>(memory.at(offset))),
        offered_(reinterpret_cast<vring_avail*>(memory.at(offset + descriptors_size))),
        used_(reinterpret_cast<vring_used*>(memory.at(offset + 2 * page))),
        kick_(::eventfd(0, EFD_CLOEXEC)),
        call_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void give_to(int vhost, unsigned index, int tap) {
    const auto told = [&](unsigned long request, auto value, const char* what) {
      if (::ioctl(vhost, request, &value) != 0) broken(what);
    };
    told(VHOST_SET_VRING_NUM, vhost_vring_state{index, entries}, "VHOST_SET_VRING_NUM");
    told(VHOST_SET_VRING_BASE, vhost_vring_state{index, 0}, "VHOST_SET_VRING_BASE");
    told(VHOST_SET_VRING_ADDR,
         vhost_vring_addr{.index = index,
                          .flags = 0,
                          .desc_user_addr = reinterpret_cast<std::uintptr_t>(descriptors_),
                          .used_user_addr = reinterpret_cast<std::uintptr_t>(used_),
                          .avail_user_addr = reinterpret_cast<std::uintptr_t>(offered_),
                          .log_guest_addr = 0},
         "VHOST_SET_VRING_ADDR");
    told(VHOST_SET_VRING_KICK, vhost_vring_file{index, kick_.get()}, "VHOST_SET_VRING_KICK");
    told(VHOST_SET_VRING_CALL, vhost_vring_file{index, call_.get()}, "VHOST_SET_VRING_CALL");
    told(VHOST_NET_SET_BACKEND, vhost_vring_file{index, tap}, "VHOST_NET_SET_BACKEND");
  }

  std::uint8_t* buffer(unsigned entry) const {
    return memory_.at(offset_ + ring_room + entry * buffer_room);
  }
  /// `flags`: VRING_DESC_F_WRITE where vhost fills it.
  void offer(unsigned entry, std::size_t size, std::uint16_t flags) {
    descriptors_[entry] = {.addr = offset_ + ring_room + entry * buffer_room,
                           .len = static_cast<std::uint32_t>(size),
                           .flags = flags,
                           .next = 0};
    offered_->ring[next_ % entries] = static_cast<std::uint16_t>(entry);
    std::atomic_ref(offered_->idx).store(++next_, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if ((std::atomic_ref(used_->flags).load() & VRING_USED_F_NO_NOTIFY) == 0)
      ::eventfd_write(kick_.get(), 1);
  }
  /// The next entry that vhost has done with; nullptr: none.
  const vring_used_elem* done() {
    if (std::atomic_ref(used_->idx).load(std::memory_order_acquire) == seen_) {
      eventfd_t count = 0;
      ::eventfd_read(call_.get(), &count);
      if (std::atomic_ref(used_->idx).load(std::memory_order_acquire) == seen_) return nullptr;
    }
    return &used_->ring[seen_++ % entries];
  }
  int call() const { return call_.get(); }

 private:
  const Memory& memory_;
  std::size_t offset_;
  vring_desc* descriptors_;
  vring_avail* offered_;
  vring_used* used_;
  UniqueFd kick_, call_;
  std::uint16_t next_ = 0, seen_ = 0;
};

class Vhost final : public Nic {
 public:
  explicit Vhost(std::unique_ptr<Nic> tap)
      : tap_(std::move(tap)), vhost_(::open("/dev/vhost-net", O_RDWR | O_CLOEXEC)) {
    if (!vhost_.valid()) broken("/dev/vhost-net");
    if (::ioctl(vhost_.get(), VHOST_SET_OWNER) != 0) broken("VHOST_SET_OWNER");
    const std::uint64_t features = 0;  // the TAP's own header of 10 bytes, a buffer a frame
    if (::ioctl(vhost_.get(), VHOST_SET_FEATURES, &features) != 0) broken("VHOST_SET_FEATURES");
    share_memory();
    for (unsigned entry = 0; entry < entries; ++entry)
      in_.offer(entry, longest_frame, VRING_DESC_F_WRITE);
    in_.give_to(vhost_.get(), receiving, tap_->fd());
    out_.give_to(vhost_.get(), sending, tap_->fd());
  }

  ssize_t receive(void* frame, std::size_t room) override {
    const vring_used_elem* done = in_.done();
    if (done == nullptr) return 0;
    const std::size_t size = std::min<std::size_t>(done->len, room);
    std::memcpy(frame, in_.buffer(done->id), size);
    in_.offer(done->id, longest_frame, VRING_DESC_F_WRITE);
    return static_cast<ssize_t>(size);
  }

  /// Waits where all buffers are vhost's, as a guest's driver stops its queue.
  bool send(const void* frame, std::size_t size) override {
    unsigned entry = untouched_;
    if (untouched_ < entries) {
      ++untouched_;
    } else {
      const vring_used_elem* done = nullptr;
      while ((done = out_.done()) == nullptr) {
        pollfd wait{out_.call(), POLLIN, 0};
        if (::poll(&wait, 1, 1000) <= 0) return false;
      }
      entry = done->id;
    }
    std::memcpy(out_.buffer(entry), frame, size);
    out_.offer(entry, size, 0);
    return true;
  }

  int fd() const override { return in_.call(); }

 private:
  /// One region, at the guest's address 0.
  void share_memory() {
    const vhost_memory_region region{
        .guest_phys_addr = 0,
        .memory_size = memory_.size(),
        .userspace_addr = reinterpret_cast<std::uintptr_t>(memory_.at(0)),
        .flags_padding = 0};
    const vhost_memory head{.nregions = 1, .padding = 0};
    alignas(vhost_memory) std::array<std::uint8_t, sizeof(head) + sizeof(region)> table{};
    std::memcpy(table.data(), &head, sizeof(head));
    std::memcpy(table.data() + sizeof(head), &region, sizeof(region));
    if (::ioctl(vhost_.get(), VHOST_SET_MEM_TABLE, table.data()) != 0)
      broken("VHOST_SET_MEM_TABLE");
  }

  std::unique_ptr<Nic> tap_;
  Memory memory_{2 * queue_room};
  Queue in_{memory_, 0}, out_{memory_, queue_room};
  unsigned untouched_ = 0;  // the first entry to send that was never used
  UniqueFd vhost_;          // the first to go: it works on all others
};

}  // namespace

std::unique_ptr<Nic> over_vhost(std::unique_ptr<Nic> tap) {
  return std::make_unique<Vhost>(std::move(tap));
}

}  // namespace airtap::bench
