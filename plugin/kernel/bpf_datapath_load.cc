// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/bpf_datapath_load.h"

#include <airtap.skel.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <memory>
#include <string>

#include "kernel/bpf_datapath_log.h"
#include "kernel/bpf_datapath_maps.h"

namespace airtap {
namespace {

struct SkeletonDeleter {
  void operator()(airtap_bpf* skeleton) const { airtap_bpf__destroy(skeleton); }
};

// libbpf's own words only where the verifier spoke: for the other causes they mislead.
tl::unexpected<Error> load_error(int code, const LibbpfLog& log) {
  if (code == EPERM) {
    return fail_errno("loading BPF programs", code, "needs root, or CAP_BPF and CAP_NET_ADMIN");
  }
  if (code == ENOSYS) {
    return fail_errno("loading BPF programs", code, "this kernel was built without BPF");
  }
  return fail_errno("loading BPF programs" + log.tail(), code, "airtap needs Linux 5.15 or newer");
}

}  // namespace

Result<BpfMapSizes> bpf_map_sizes(int fd) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return fail_errno("reading a map", errno);
  return BpfMapSizes{info.key_size, info.value_size, info.max_entries};
}

Result<> load_bpf_objects(const std::filesystem::path& directory) {
  const LibbpfLog log;
  std::unique_ptr<airtap_bpf, SkeletonDeleter> skeleton(airtap_bpf__open());
  if (!skeleton) return load_error(errno, log);
  if (const int status = airtap_bpf__load(skeleton.get()); status != 0) {
    return load_error(-status, log);
  }
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton->obj) {
    if (bpf_map__is_internal(map)) continue;  // constants: the programs hold them
    const auto path = directory / bpf_map__name(map);
    if (const int status = bpf_map__pin(map, path.c_str()); status != 0) {
      return fail_errno("pinning " + path.string(), -status);
    }
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) {
    const auto path = directory / bpf_program__name(program);
    if (const int status = bpf_program__pin(program, path.c_str()); status != 0) {
      return fail_errno("pinning " + path.string(), -status);
    }
  }
  return {};
}

}  // namespace airtap
