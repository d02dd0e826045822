// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/real_kernel.h"

#include "kernel/bpf_datapath.h"
#include "kernel/neighbour_reach.h"
#include "kernel/nl80211.h"
#include "kernel/rt_links.h"
#include "kernel/systemd_supplicants.h"
#include "kernel/tun_taps.h"

namespace airtap {

struct RealKernel::Parts {
  std::unique_ptr<RtLinks> links;
  std::unique_ptr<TunTaps> taps;
  Nl80211 wireless;
  std::unique_ptr<NeighbourReach> reach;
  BpfDatapath datapath;
  SystemdSupplicants supplicants;
};

RealKernel::RealKernel(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RealKernel::~RealKernel() = default;

Result<std::unique_ptr<RealKernel>> RealKernel::open() {
  auto parts = std::make_unique<Parts>();
  AIRTAP_TRY(parts->links, RtLinks::open());
  AIRTAP_TRY(parts->taps, TunTaps::open());
  parts->reach = std::make_unique<NeighbourReach>(*parts->links);
  return std::unique_ptr<RealKernel>(new RealKernel(std::move(parts)));
}

Kernel RealKernel::seam() {
  return {*parts_->links, *parts_->taps,    parts_->wireless,
          *parts_->reach, parts_->datapath, parts_->supplicants};
}

}  // namespace airtap
